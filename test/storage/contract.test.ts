/**
 * Both storages of the house against the published contract.
 */

import { jsonCodec, MemoryStorage, PersistentStorage } from '../../src/core/storage/index.js';
import { storageContract, type StorageSubject } from '../contract/storage-contract.js';
import { StorageBench } from '../support/storage-bench.js';

interface KeyValue {
  readonly key: string;
  readonly value: bigint;
}

const entries = {
  makeEntry: (number: number): KeyValue => ({
    key: `key ${String(number).padStart(3, '0')}`,
    value: 2n ** 64n - 1_000n + BigInt(number),
  }),
  nameEntry: ({ value }: KeyValue): number => Number(value - (2n ** 64n - 1_000n)),
};

storageContract<KeyValue>({
  name: 'MemoryStorage',
  create: () => Promise.resolve({ storage: new MemoryStorage<KeyValue>() }),
  ...entries,
});

function persistent(tailCacheBytes: number | undefined): () => Promise<StorageSubject<KeyValue>> {
  return async () => {
    const { options } = new StorageBench();
    const own = { ...options, codec: jsonCodec<KeyValue>(), tailCacheBytes };
    let storage = await PersistentStorage.create<KeyValue>(own);
    return {
      storage,
      reopen: async () => {
        await storage.close();
        storage = await PersistentStorage.open<KeyValue>(own);
        return storage;
      },
      dispose: () => storage.close(),
    };
  };
}

storageContract<KeyValue>({
  name: 'PersistentStorage',
  create: persistent(undefined),
  ...entries,
});

storageContract<KeyValue>({
  name: 'PersistentStorage that keeps nothing in memory',
  create: persistent(0),
  ...entries,
});
