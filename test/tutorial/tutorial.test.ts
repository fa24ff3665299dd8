/**
 * The tutorial of the Rust library, from top to bottom, in TypeScript (Z1 to Z8).
 *
 * Every snippet has its test, through the public face alone. The owner's loop is the one of the
 * README. The network is a list of messages and time is a counter: that part is the user's.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  LogOptions,
  MemoryStorage,
  OmniPaxosConfig,
  PersistentStorage,
  PersistentStorageConfig,
  type Message,
  type OmniPaxos,
  type Storage,
} from '../../src/core/index.js';

// "We begin by defining the type that we want our log entries to contain."
interface KeyValue {
  readonly key: string;
  /** An unsigned 64-bit integer, exact over the whole range. */
  readonly value: bigint;
}

interface Server {
  readonly omniPaxos: OmniPaxos<KeyValue>;
  readonly storage: Storage<KeyValue>;
}

type Cluster = Map<number, Server>;

/** The user's network: a message reaches its server, or is lost where that is down. */
function deliver(cluster: Cluster, messages: readonly Message<KeyValue>[]): void {
  for (const message of messages) cluster.get(message.to)?.omniPaxos.handleIncoming(message);
}

/** The owner's loop: inputs, then flush, then `durable`, then what may leave leaves. */
async function turn(cluster: Cluster, { omniPaxos, storage }: Server): Promise<void> {
  omniPaxos.tick();
  const position = await storage.flush();
  omniPaxos.durable(position);
  deliver(cluster, omniPaxos.takeOutgoingMessages());
}

async function runUntil(cluster: Cluster, condition: () => boolean): Promise<void> {
  for (let ticks = 0; !condition(); ticks++) {
    if (ticks > 1_000) throw new Error('the condition did not come true in 1000 ticks');
    for (const server of cluster.values()) await turn(cluster, server);
  }
}

function leaderOf(cluster: Cluster): Server | undefined {
  return [...cluster.values()].find(({ omniPaxos }) => omniPaxos.status().isServing);
}

function decidedBy({ omniPaxos }: Server): (KeyValue | undefined)[] {
  return (omniPaxos.readDecidedSuffix(0) ?? []).map((read) => read.entry);
}

const pids = [1, 2, 3];
const peersOf = (pid: number) => pids.filter((other) => other !== pid);
const LARGEST = 2n ** 64n - 1n;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'omnikv-tutorial-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function memoryCluster(): Cluster {
  return new Map(
    pids.map((pid) => {
      const storage = new MemoryStorage<KeyValue>();
      const config = new OmniPaxosConfig({ configurationId: 1, pid, peers: peersOf(pid) });
      return [pid, { storage, omniPaxos: config.build(storage) }];
    }),
  );
}

describe('creating a node', () => {
  test('Z3, Z5: on node 2 of {1, 2, 3}, a config with defaults and a MemoryStorage', () => {
    const configurationId = 1;
    const myPid = 2;
    const myPeers = [1, 3];

    const omniPaxosConfig = new OmniPaxosConfig({
      configurationId,
      pid: myPid,
      peers: myPeers,
    });

    const storage = new MemoryStorage<KeyValue>();
    const omniPaxos = omniPaxosConfig.build(storage);

    expect(omniPaxos.status()).toMatchObject({ pid: 2, role: 'follower', phase: 'none' });
    expect(omniPaxos.getDecidedIdx()).toBe(0);
    expect(omniPaxos.getCurrentLeader()).toBeUndefined();
  });

  test('Z4, Z8: the same from config/node1.toml', () => {
    mkdirSync(join(directory, 'config'));
    const configFilePath = join(directory, 'config', 'node1.toml');
    writeFileSync(
      configFilePath,
      [
        'configuration_id = 1',
        'pid = 2',
        'peers = [1, 3]',
        'logger_file_path = "/omnipaxos/logs"',
      ].join('\n'),
    );

    const omniPaxosConfig = OmniPaxosConfig.withToml(configFilePath);

    expect(omniPaxosConfig).toMatchObject({
      configurationId: 1,
      pid: 2,
      peers: [1, 3],
      loggerFilePath: '/omnipaxos/logs',
    });
    const omniPaxos = omniPaxosConfig.build(new MemoryStorage<KeyValue>());
    expect(omniPaxos.status().pid).toBe(2);
  });

  test('a config that cannot be right is refused, and says why', () => {
    const peers = [1, 2, 3];
    expect(() => new OmniPaxosConfig({ configurationId: 1, pid: 2, peers })).toThrow(/peers/);
  });
});

describe('Z1, Z2: the replicated log', () => {
  test('each server handles messages, produces messages, and holds the same log', async () => {
    const cluster = memoryCluster();
    await runUntil(cluster, () => leaderOf(cluster) !== undefined);

    const entries: KeyValue[] = [
      { key: 'a', value: 5n },
      { key: 'b', value: 0n },
      { key: 'a', value: LARGEST },
    ];
    for (const [i, pid] of pids.entries()) {
      cluster.get(pid)!.omniPaxos.append(entries[i]!);
      await runUntil(cluster, () =>
        [...cluster.values()].every(({ omniPaxos }) => omniPaxos.getDecidedIdx() === i + 1),
      );
    }

    for (const server of cluster.values()) expect(decidedBy(server)).toEqual(entries);
    const { omniPaxos } = cluster.get(1)!;
    expect(omniPaxos.read(2)).toEqual({ kind: 'decided', idx: 2, entry: entries[2] });
    expect(omniPaxos.readEntries(1, 3)?.map((read) => read.entry)).toEqual(entries.slice(1));
    expect(omniPaxos.read(3)).toBeUndefined();
    expect(omniPaxos.readDecidedSuffix(3)).toEqual([]);
  });

  test('every server knows the leader', async () => {
    const cluster = memoryCluster();
    await runUntil(cluster, () =>
      [...cluster.values()].every(({ omniPaxos }) => omniPaxos.getCurrentLeader() !== undefined),
    );
    const leaders = [...cluster.values()].map(({ omniPaxos }) => omniPaxos.getCurrentLeader()?.pid);
    expect(new Set(leaders).size).toBe(1);
  });

  test('the key-value store is the fold of the decided log', async () => {
    const cluster = memoryCluster();
    await runUntil(cluster, () => leaderOf(cluster) !== undefined);
    for (const value of [1n, 2n, 3n]) leaderOf(cluster)!.omniPaxos.append({ key: 'k', value });
    await runUntil(cluster, () => leaderOf(cluster)!.omniPaxos.getDecidedIdx() === 3);
    const store = new Map<string, bigint>();
    for (const entry of leaderOf(cluster)!.omniPaxos.readDecided(0))
      store.set(entry.key, entry.value);
    expect(store).toEqual(new Map([['k', 3n]]));
  });

  test('a linearizable read waits for a quorum', async () => {
    const cluster = memoryCluster();
    await runUntil(cluster, () => leaderOf(cluster) !== undefined);
    const leader = leaderOf(cluster)!;
    leader.omniPaxos.append({ key: 'k', value: 1n });
    await runUntil(cluster, () => leader.omniPaxos.getDecidedIdx() === 1);
    leader.omniPaxos.requestRead(42);
    const outcomes: unknown[] = [];
    await runUntil(cluster, () => {
      outcomes.push(...leader.omniPaxos.takeReadyReads());
      return outcomes.length > 0;
    });
    expect(outcomes).toEqual([{ kind: 'ready', id: 42, readIdx: 1 }]);
  });
});

describe('Z6, Z7: fail recovery', () => {
  const logOptions = new LogOptions({ segmentBytes: 64 * 1024 });

  function persistentConfig(pid: number) {
    const myPath = join(directory, `node${pid}`, 'my_path_before_crash/');
    const persistConfig = new PersistentStorageConfig<KeyValue>();
    persistConfig.setPath(myPath);
    persistConfig.setCommitlogOptions(logOptions);
    return persistConfig;
  }

  function build(pid: number, storage: PersistentStorage<KeyValue>): Server {
    const config = new OmniPaxosConfig({ configurationId: 1, pid, peers: peersOf(pid) });
    return { storage, omniPaxos: config.build(storage) };
  }

  async function createCluster(): Promise<Cluster> {
    const cluster: Cluster = new Map();
    for (const pid of pids) {
      mkdirSync(join(directory, `node${pid}`));
      const storage = await PersistentStorage.create(persistentConfig(pid));
      cluster.set(pid, build(pid, storage));
    }
    return cluster;
  }

  const first: KeyValue[] = [
    { key: 'before', value: 1n },
    { key: 'largest', value: LARGEST },
  ];
  const second: KeyValue = { key: 'while it was down', value: 2n };
  const third: KeyValue = { key: 'after', value: 3n };
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await createCluster();
  });
  afterAll(async () => {
    for (const { storage } of cluster.values()) await storage.close();
  });

  test('entries are decided on disk', async () => {
    await runUntil(cluster, () => leaderOf(cluster) !== undefined);
    leaderOf(cluster)!.omniPaxos.appendAll(first);
    await runUntil(cluster, () =>
      [...cluster.values()].every(({ omniPaxos }) => omniPaxos.getDecidedIdx() === 2),
    );
    for (const server of cluster.values()) expect(decidedBy(server)).toEqual(first);
  });

  test('a storage is created once: create refuses an existing one, open a missing one', async () => {
    const missing = new PersistentStorageConfig<KeyValue>().setPath(join(directory, 'nowhere'));
    await expect(PersistentStorage.open(missing)).rejects.toMatchObject({
      code: 'OMNIKV_DATA_MISSING',
    });
    await expect(PersistentStorage.create(persistentConfig(1))).rejects.toMatchObject({
      code: 'OMNIKV_STORAGE_EXISTS',
    });
  });

  test('while one server is down, the others go on', async () => {
    const { storage } = cluster.get(2)!;
    cluster.delete(2);
    // In this one process the directory must be given back; a kill needs no such courtesy.
    await storage.close();
    await runUntil(cluster, () => leaderOf(cluster) !== undefined);
    leaderOf(cluster)!.omniPaxos.append(second);
    await runUntil(cluster, () => leaderOf(cluster)?.omniPaxos.getDecidedIdx() === 3);
  });

  test('re-create the storage, build on it, fail recovery: nothing is lost', async () => {
    /* Re-creating our node after a crash... */

    // Configuration from previous storage
    const persistConfig = persistentConfig(2);

    // Re-create storage with previous state, then create `OmniPaxos`
    const recoveredStorage = await PersistentStorage.open(persistConfig);
    const recovered = build(2, recoveredStorage);
    recovered.omniPaxos.failRecovery();

    const { phase, acceptedIdx } = recovered.omniPaxos.status();
    expect({ phase, acceptedIdx }).toEqual({ phase: 'recover', acceptedIdx: 2 });
    cluster.set(2, recovered);
    await runUntil(cluster, () => recovered.omniPaxos.getDecidedIdx() === 3);
    expect(decidedBy(recovered)).toEqual([...first, second]);

    recovered.omniPaxos.append(third);
    await runUntil(cluster, () =>
      [...cluster.values()].every(({ omniPaxos }) => omniPaxos.getDecidedIdx() === 4),
    );
    for (const server of cluster.values())
      expect(decidedBy(server)).toEqual([...first, second, third]);
  });

  test('all servers down at once, and all recovered', async () => {
    for (const { storage } of cluster.values()) await storage.close();
    for (const pid of pids) {
      const { storage, origin } = await PersistentStorage.openOrCreate(persistentConfig(pid));
      expect(origin).toBe('opened');
      cluster.set(pid, build(pid, storage));
    }
    await runUntil(cluster, () =>
      [...cluster.values()].every(({ omniPaxos }) => omniPaxos.getDecidedIdx() === 4),
    );
    for (const server of cluster.values())
      expect(decidedBy(server)).toEqual([...first, second, third]);
  });
});
