/**
 * The main job on real processes, real sockets and a real disk, from init to recover.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Envelope } from '../support/cli.js';
import { TempCluster } from '../support/temp-cluster.js';

interface NodeJson {
  readonly pid: number;
  readonly osPid: number | null;
  readonly state: string;
  readonly role: string | null;
}

async function leaderOf(cluster: TempCluster): Promise<number> {
  const status = await cluster.json('status');
  return status.leader as number;
}

/**
 * A leader notices within an election timeout that nobody follows it any more; where it does so
 * just after a follower is back, there is an election first.
 */
async function statusOf(cluster: TempCluster, exit: number): Promise<Envelope> {
  return await askedUntil(exit, () => cluster.json('status'));
}

/** A leader whose followers come and go may change its mind once more: only what stays counts. */
async function askedUntil<A extends { readonly status: number | null }>(
  exit: number,
  ask: () => Promise<A>,
): Promise<A> {
  for (const deadlineMs = performance.now() + 10_000; ;) {
    const answer = await ask();
    if (answer.status === exit) return answer;
    expect(performance.now()).toBeLessThan(deadlineMs);
  }
}

describe('the job', () => {
  const cluster = new TempCluster();
  afterAll(async () => await cluster.dispose());

  beforeAll(async () => {
    await cluster.ok('init', '--nodes', '3');
    await cluster.ok('start');
  });

  it('is done: put, get, crash 2, recover 2, get', async () => {
    expect(await cluster.ok('put', 'key', '5')).toBe('');
    expect(await cluster.ok('get', 'key')).toBe('5');
    await cluster.ok('crash', '2');
    expect(await cluster.ok('recover', '2')).toMatch(/node 2 recovered: 0\.\.\d+ from its disk/);
    expect(await cluster.ok('get', 'key')).toBe('5');
  });

  it('is done when the leader is the one that crashes', async () => {
    const before = await leaderOf(cluster);
    await cluster.ok('put', 'key', '6');
    await cluster.ok('crash', 'leader');
    expect(await cluster.ok('get', 'key')).toBe('6');
    await cluster.ok('put', 'key', '7');
    await cluster.ok('recover', String(before));
    expect(await cluster.ok('get', 'key')).toBe('7');
  });

  it('is done when two nodes crash one after the other', async () => {
    await cluster.ok('put', 'two', '2');
    await cluster.ok('crash', '1');
    await cluster.ok('crash', '2');
    const refused = await cluster.json('put', 'two', '3', '--timeout', '1s');
    expect(refused.error?.code).toMatch(/^OMNIKV_(NO_QUORUM|UNKNOWN_OUTCOME|TIMEOUT|NOT_LEADER)$/);
    const read = await cluster.json('get', 'two', '--timeout', '1s');
    expect(read.error?.code).toBe('OMNIKV_NO_QUORUM');
    expect(read.error?.suggestions[0]).toBe('omnikv recover 1,2');
    const first = await cluster.ok('recover', '1');
    expect(first).toMatch(/node \d leads; 2 of 3 nodes run/);
    await cluster.ok('recover');
    expect(await cluster.ok('get', 'two')).toMatch(/^[23]$/);
    expect(await cluster.ok('wait', '--for', 'synced')).toMatch(/3 of 3 nodes run/);
  });

  it('survives stop and start', async () => {
    await cluster.ok('put', 'before', '1');
    await cluster.ok('stop');
    expect(cluster.livingProcesses()).toEqual([]);
    await cluster.ok('stop');
    await cluster.ok('start');
    expect(await cluster.ok('get', 'before')).toBe('1');
    const again = await cluster.run(['start']);
    expect(again.status).toBe(0);
  });

  it('shows the nodes in status, 0 healthy, 3 degraded, 69 without a quorum', async () => {
    await cluster.ok('wait', '--for', 'synced');
    const healthy = await cluster.json('status');
    const nodes = healthy.nodes as NodeJson[];
    expect(nodes.map(({ pid, state }) => [pid, state])).toEqual([
      [1, 'running'],
      [2, 'running'],
      [3, 'running'],
    ]);
    expect(nodes.filter(({ role }) => role === 'leader')).toHaveLength(1);
    await cluster.ok('crash', 'followers');
    const noQuorum = await statusOf(cluster, 69);
    expect(noQuorum.nodes).toHaveLength(3);
    const down = nodes.filter(({ role }) => role !== 'leader').map(({ pid }) => pid);
    const note = await cluster.ok('recover', String(down[0]));
    expect(note).toMatch(/2 of 3 nodes run/);
    const degraded = await statusOf(cluster, 3);
    expect(degraded.error?.code).toBe('OMNIKV_DEGRADED');
    expect(degraded.error?.suggestions).toContain(`omnikv recover ${down[1]}`);
    const table = await askedUntil(3, () => cluster.run(['status']));
    expect(table.stdout).toContain('NODE');
    await cluster.ok('recover');
    expect((await statusOf(cluster, 0)).ok).toBe(true);
  });

  it('restarts, also rolling, without losing anything', async () => {
    await cluster.ok('restart', '2');
    await cluster.ok('restart', '--rolling');
    expect(await cluster.ok('get', 'before')).toBe('1');
  });

  it('says what is missing when a lone node is recovered', async () => {
    await cluster.ok('crash', 'all');
    const note = await cluster.ok('recover', '1');
    expect(note).toMatch(
      /node 1 is up at 0\.\.\d+, waiting for a quorum \(1 of 3 runs\); next: omnikv recover 2/,
    );
    await cluster.ok('recover');
    expect(await cluster.ok('get', 'before')).toBe('1');
  });

  it('treats what needs nothing as done, with a note (U7)', async () => {
    const recovered = await cluster.run(['recover', '2']);
    expect(recovered.status).toBe(0);
    expect(recovered.stderr).toContain('node 2 runs already');
    await cluster.ok('crash', '3');
    const crashed = await cluster.run(['crash', '3']);
    expect(crashed.status).toBe(0);
    expect(crashed.stderr).toContain('node 3 was down already');
    await cluster.ok('recover', '3');
  });
});

describe('the job in odd directories', () => {
  it.concurrent.each([
    ['with spaces and quotes', `my "cluster" it's`],
    ['with letters that are not ASCII', 'größe 数据 😀'],
    ['200 characters deep', `${'d'.repeat(99)}/${'e'.repeat(99)}`],
  ])('%s', async (_name, directory) => {
    const cluster = new TempCluster(directory);
    try {
      await cluster.ok('init', '--nodes', '3');
      await cluster.ok('start');
      await cluster.ok('put', 'key', '5');
      await cluster.ok('crash', '2');
      await cluster.ok('recover', '2');
      expect(await cluster.ok('get', 'key')).toBe('5');
      await cluster.ok('destroy', '--yes');
      expect(cluster.livingProcesses()).toEqual([]);
    } finally {
      await cluster.dispose();
    }
  });
});

describe('a cluster of one', () => {
  const cluster = new TempCluster();
  afterAll(async () => await cluster.dispose());

  it('serves, crashes and recovers alone', async () => {
    await cluster.ok('init', '--nodes', '1');
    await cluster.ok('start');
    await cluster.ok('put', 'key', '18446744073709551615');
    await cluster.ok('crash', '1');
    await cluster.ok('recover');
    expect(await cluster.ok('get', 'key')).toBe('18446744073709551615');
  });

  it('refuses --force while it runs, and moves the data aside once it is stopped', async () => {
    const refused = await cluster.json('init', '--nodes', '1', '--force');
    expect(refused.error?.code).toBe('OMNIKV_CLUSTER_RUNNING');
    await cluster.ok('stop');
    const made = await cluster.json('init', '--nodes', '1', '--force');
    expect(String(made.movedTo)).toContain('data.old-');
    await cluster.ok('start');
    expect((await cluster.json('get', 'key')).status).toBe(4);
  });
});
