/** etcd3 over gRPC, one connection to the leader. */

import type { Connect } from '../system.js';
import { valueOf } from '../values.js';
import { requirePeer } from './peer-package.js';

interface EtcdClient {
  put(key: string): { value(value: Buffer): { exec(): Promise<unknown> } };
  get(key: string): { exec(): Promise<unknown> };
  close(): void;
}

interface EtcdPackage {
  readonly Etcd3: new (options: { readonly hosts: string }) => EtcdClient;
}

export const connect: Connect = async ({ address, valueBytes }) => {
  const { Etcd3 } = requirePeer('etcd3') as EtcdPackage;
  const client = new Etcd3({ hosts: address });
  return await Promise.resolve({
    put: (key, sequence) => client.put(key).value(valueOf(valueBytes, sequence)).exec(),
    get: (key) => client.get(key).exec(),
    close: async () => {
      client.close();
      await Promise.resolve();
    },
  });
};
