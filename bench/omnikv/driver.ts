/** The client library of omnikv, as a user's program has it: a session for each caller. */

import { connect as connectToCluster } from 'omnikv/client';
import type { Connect } from '../system.js';
import { valueOf } from '../values.js';

interface Address {
  readonly clusterId: string;
  readonly sockets: readonly (readonly [number, string])[];
}

export const connect: Connect = async ({ address, concurrency, valueBytes }) => {
  const { clusterId, sockets } = JSON.parse(address) as Address;
  const client = connectToCluster({
    clusterId,
    nodes: new Map(sockets),
    maxSessions: concurrency,
  });
  return await Promise.resolve({
    put: (key, sequence) => {
      if (valueBytes === 8) return client.put(key, BigInt(sequence));
      return client.put(key, { kind: 'bytes', value: valueOf(valueBytes, sequence) });
    },
    get: (key) => client.get(key),
    close: async () => {
      client.close();
      await Promise.resolve();
    },
  });
};
