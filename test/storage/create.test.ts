/**
 * Making a data directory: only where there is nothing, and whole.
 */

import { describe, expect, it } from 'vitest';

import {
  createDataDirectory,
  LogOptions,
  PersistentStorage,
  PersistentStorageConfig,
  readIdentity,
} from '../../src/core/storage/index.js';
import { CLUSTER_ID, CountingRandom, entry, StorageBench } from '../support/storage-bench.js';

const random = new CountingRandom();
const identity = { clusterId: CLUSTER_ID, pid: 2 };

describe('createDataDirectory (D3)', () => {
  it('makes an identity and an empty log that open takes', async () => {
    const bench = new StorageBench({ identity });
    const { fileSystem } = bench;
    const made = createDataDirectory({ fileSystem, random, path: '/data', identity });
    expect(made).toMatchObject(identity);
    expect(readIdentity({ fileSystem, path: '/data' })).toEqual(made);
    expect(fileSystem.list('/data').toSorted()).toEqual(['IDENTITY', 'log', 'snap']);
    const log = await bench.open();
    expect(log.identity).toEqual(made);
    expect(log.isUsed).toBe(false);
    await log.close();
  });

  it('draws another directory id every time', () => {
    const { fileSystem } = new StorageBench();
    const ids = ['/a', '/b'].map(
      (path) => createDataDirectory({ fileSystem, random, path, identity }).dirId,
    );
    expect(new Set(ids).size).toBe(2);
  });

  it('takes an empty directory, and refuses everything else that is there', () => {
    const { fileSystem } = new StorageBench();
    fileSystem.makeDirectory('/empty');
    createDataDirectory({ fileSystem, random, path: '/empty', identity });
    fileSystem.makeDirectory('/log-only');
    fileSystem.makeDirectory('/log-only/log');
    fileSystem.setBytes('/file', Uint8Array.of(1));
    const before = fileSystem.contents();
    for (const path of ['/empty', '/log-only', '/file']) {
      expect(() => createDataDirectory({ fileSystem, random, path, identity })).toThrow(
        expect.objectContaining({ code: 'OMNIKV_STORAGE_EXISTS' }),
      );
    }
    expect(fileSystem.contents()).toEqual(before);
  });

  it('removes what a crash while creating left, and nothing that is not ours', () => {
    const { fileSystem } = new StorageBench();
    createDataDirectory({ fileSystem, random, path: '/half', identity });
    fileSystem.rename('/half', '/data.tmp');
    createDataDirectory({ fileSystem, random, path: '/data', identity });
    fileSystem.makeDirectory('/other.tmp');
    fileSystem.setBytes('/other.tmp/thesis.txt', Uint8Array.of(1));
    expect(() => createDataDirectory({ fileSystem, random, path: '/other', identity })).toThrow(
      /thesis\.txt is in the way/,
    );
    expect(fileSystem.contents().has('/other.tmp/thesis.txt')).toBe(true);
  });

  it('refuses a pid or a cluster id that is none', () => {
    const { fileSystem } = new StorageBench();
    for (const wrong of [
      { clusterId: CLUSTER_ID, pid: 0 },
      { clusterId: CLUSTER_ID, pid: 2 ** 32 },
      { clusterId: 'abc', pid: 1 },
    ]) {
      expect(() =>
        createDataDirectory({ fileSystem, random, path: '/data', identity: wrong }),
      ).toThrow(expect.objectContaining({ code: 'OMNIKV_INVALID_CONFIG' }));
    }
    expect(fileSystem.contents().size).toBe(0);
  });
});

describe('PersistentStorage', () => {
  it('create refuses an existing log, open a missing one, openOrCreate says which it did', async () => {
    const bench = new StorageBench({ path: '/deep/down/data' });
    await expect(bench.open()).rejects.toMatchObject({ code: 'OMNIKV_DATA_MISSING' });
    const first = await PersistentStorage.openOrCreate(bench.options);
    expect(first.origin).toBe('created');
    first.storage.submit([{ kind: 'appendOnPrefix', fromIdx: 0, entries: [entry(1)] }]);
    await first.storage.close();
    await expect(bench.create()).rejects.toMatchObject({ code: 'OMNIKV_STORAGE_EXISTS' });
    const second = await PersistentStorage.openOrCreate(bench.options);
    expect(second.origin).toBe('opened');
    expect(second.storage.state().acceptedIdx).toBe(1);
    await second.storage.close();
  });

  it('openOrCreate never makes a log where data was lost', async () => {
    const bench = new StorageBench();
    await (await bench.create()).close();
    bench.fileSystem.remove('/data/IDENTITY');
    await expect(PersistentStorage.openOrCreate(bench.options)).rejects.toMatchObject({
      code: 'OMNIKV_DATA_MISSING',
    });
  });

  it('an identity is drawn where none is given, and then checked', async () => {
    const { ports } = new StorageBench().options;
    const options = { path: '/library', ports };
    const log = await PersistentStorage.create(options);
    expect(log.identity.pid).toBe(0);
    expect(log.identity.clusterId).toMatch(/^[0-9a-f]{32}$/);
    await log.close();
    await (await PersistentStorage.open(options)).close();
    await expect(PersistentStorage.open({ ...options, identity })).rejects.toMatchObject({
      code: 'OMNIKV_IDENTITY_MISMATCH',
    });
  });

  it('is configured as in the tutorial: setPath, setCommitlogOptions', async () => {
    interface KeyValue {
      readonly key: string;
      readonly value: bigint;
    }
    const { ports } = new StorageBench().options;
    const config = new PersistentStorageConfig<KeyValue>();
    expect(() => config.path).toThrow(expect.objectContaining({ code: 'OMNIKV_INVALID_CONFIG' }));
    config.setPath('/my_path').setCommitlogOptions(new LogOptions({ segmentBytes: 8_192 }));
    const { path, logOptions } = config;
    const log = await PersistentStorage.create<KeyValue>({ path, logOptions, ports });
    const pair = { key: 'a', value: 2n ** 64n - 1n };
    log.submit([{ kind: 'appendOnPrefix', fromIdx: 0, entries: [pair] }]);
    await log.close();
    const again = await PersistentStorage.open<KeyValue>({ path, logOptions, ports });
    expect(again.entries(0, 1)).toEqual([pair]);
    await again.close();
  });

  it('refuses a segment size that is out of bounds', async () => {
    for (const segmentBytes of [0, 4_095, 4_097, 2 ** 40, Number.NaN]) {
      const bench = new StorageBench({ logOptions: { segmentBytes } });
      await expect(bench.create()).rejects.toMatchObject({ code: 'OMNIKV_INVALID_CONFIG' });
      expect(bench.fileSystem.contents().size).toBe(0);
    }
  });
});
