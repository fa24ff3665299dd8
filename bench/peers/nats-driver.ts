/** The `nats` package: one connection, all calls at once. */

import type { Connect } from '../system.js';
import { valueOf } from '../values.js';
import { openBucket, type NatsAddress } from './nats-bucket.js';

export const connect: Connect = async ({ address, valueBytes }) => {
  const { bucket, close } = await openBucket(JSON.parse(address) as NatsAddress);
  return {
    put: (key, sequence) => bucket.put(key, valueOf(valueBytes, sequence)),
    get: (key) => bucket.get(key),
    close,
  };
};
