/**
 * The client library of omnikv, as a user's program has it: a session for each caller.
 *
 * It comes from the checkout whose cluster is measured; its types are this one's.
 */

import type * as ClientLibrary from 'omnikv/client';
import type { Connect } from '../system.js';
import { valueOf } from '../values.js';

interface Address {
  readonly clientUrl: string;
  readonly clusterId: string;
  readonly sockets: readonly (readonly [number, string])[];
}

export const connect: Connect = async ({ address, concurrency, valueBytes }) => {
  const { clientUrl, clusterId, sockets } = JSON.parse(address) as Address;
  const library = (await import(clientUrl)) as typeof ClientLibrary;
  const client = library.connect({
    clusterId,
    nodes: new Map(sockets),
    maxSessions: concurrency,
  });
  return {
    put: (key, sequence) => {
      if (valueBytes === 8) return client.put(key, BigInt(sequence));
      return client.put(key, { kind: 'bytes', value: valueOf(valueBytes, sequence) });
    },
    get: (key) => client.get(key),
    close: async () => {
      client.close();
      await Promise.resolve();
    },
  };
};
