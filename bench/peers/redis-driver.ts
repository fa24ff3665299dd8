/** ioredis on a Unix socket; the calls of one turn of the event loop go as one pipeline. */

import type { Connect } from '../system.js';
import { valueOf } from '../values.js';
import { requirePeer } from './peer-package.js';

interface RedisClient {
  set(key: string, value: Buffer): Promise<unknown>;
  getBuffer(key: string): Promise<unknown>;
  quit(): Promise<unknown>;
}

interface RedisPackage {
  readonly Redis: new (options: {
    readonly path: string;
    readonly enableAutoPipelining: boolean;
  }) => RedisClient;
}

export const connect: Connect = async ({ address, valueBytes }) => {
  const { Redis } = requirePeer('ioredis') as RedisPackage;
  const client = new Redis({ path: address, enableAutoPipelining: true });
  return await Promise.resolve({
    put: (key, sequence) => client.set(key, valueOf(valueBytes, sequence)),
    get: (key) => client.getBuffer(key),
    close: async () => {
      await client.quit();
    },
  });
};
