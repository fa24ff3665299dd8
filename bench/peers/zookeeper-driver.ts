/** One session on the leader, all calls at once; a key is a node below the root. */

import type { Connect } from '../system.js';
import { valueOf } from '../values.js';
import { ZOOKEEPER_ERROR, ZooKeeperClient } from './zookeeper-client.js';

export const connect: Connect = async ({ address, valueBytes }) => {
  const client = await ZooKeeperClient.connect(Number(address));
  const accept = (error: number, path: string): void => {
    if (error !== 0) throw new Error(`ZooKeeper answered ${error} to ${path}`);
  };
  return {
    put: async (key, sequence) => {
      const path = `/${key}`;
      const value = valueOf(valueBytes, sequence);
      let error = await client.setData(path, value);
      if (error === ZOOKEEPER_ERROR.noNode) {
        error = await client.create(path, value);
        // Another caller made it meanwhile.
        if (error === ZOOKEEPER_ERROR.nodeExists) error = await client.setData(path, value);
      }
      accept(error, path);
    },
    get: async (key) => {
      const error = await client.getData(`/${key}`);
      if (error !== ZOOKEEPER_ERROR.noNode) accept(error, key);
    },
    close: () => client.close(),
  };
};
