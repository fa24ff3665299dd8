/** Processes of a cluster: spawned, identified, signalled, forgotten. */

import { spawn } from 'node:child_process';
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

import {
  collectStatus,
  crashNodes,
  findCluster,
  recoverNodes,
  resolveSelectors,
  startNodes,
  stopNodes,
  waitFor,
  type Cluster,
  type ClusterStep,
} from '../../src/core/cluster/index.js';
import { inspectNode } from '../../src/core/cluster/node-process.js';
import {
  currentProcessIdentity,
  readProcessStat,
} from '../../src/core/platform/process-identity.js';
import { FakeCluster } from '../support/fake-cluster.js';

const made: FakeCluster[] = [];

async function create(options: Parameters<typeof FakeCluster.create>[0] = {}) {
  const fake = await FakeCluster.create(options);
  made.push(fake);
  return fake;
}

async function until(what: string, isTrue: () => Promise<boolean> | boolean): Promise<void> {
  const deadlineMs = performance.now() + 15_000;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(`waited in vain: ${what}`);
    await sleep(5);
  }
}

async function kindOf(cluster: Cluster, pid: number): Promise<string> {
  return (await inspectNode(cluster, pid)).kind;
}

async function untilKind(cluster: Cluster, pid: number, kind: string): Promise<void> {
  await until(`node ${pid} ${kind}`, async () => (await kindOf(cluster, pid)) === kind);
}

/** Spawns nodes and waits for their run files. */
async function run(
  cluster: Cluster,
  pids: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const report = await startNodes(cluster, { pids, readiness: 'none' });
  for (const pid of pids) await untilKind(cluster, pid, 'running');
  return new Map(report.nodes.map((node) => [node.pid, node.osPid]));
}

function isAlive(osPid: number | undefined): boolean {
  const state = osPid === undefined ? undefined : readProcessStat(osPid)?.state;
  return state !== undefined && state !== 'Z';
}

function commandOf(osPid: number | undefined): string {
  return readFileSync(`/proc/${osPid}/comm`, 'utf8').trim();
}

afterEach(async () => {
  for (const fake of made.splice(0)) await fake.remove();
});

describe('start', () => {
  it('S4: spawns nodes in groups of their own, with the log as their output', async () => {
    const { cluster } = await create();
    const osPids = await run(cluster, [1, 2, 3]);
    for (const osPid of osPids.values()) {
      const fields = readFileSync(`/proc/${osPid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      expect(Number(fields[2])).toBe(osPid);
    }
    expect(existsSync(cluster.layout.defaultLogFile(1))).toBe(true);
  });

  it('spawns nodes whose memory is bounded, and which keep the environment', async () => {
    const { cluster } = await create();
    const [osPid] = (await run(cluster, [1])).values();
    const words = (name: string) => readFileSync(`/proc/${osPid ?? 0}/${name}`, 'utf8').split('\0');
    expect(words('cmdline')).toContain('--max-semi-space-size=8');
    expect(words('environ')).toEqual(
      expect.arrayContaining(['MALLOC_ARENA_MAX=1', `PATH=${process.env.PATH ?? ''}`]),
    );
  });

  it('two at once spawn each node once', async () => {
    const { cluster } = await create();
    const start = () => startNodes(cluster, { pids: [1, 2, 3], readiness: 'none' });
    const reports = await Promise.all([start(), start(), start()]);
    for (const pid of [1, 2, 3]) {
      const nodes = reports.map((report) => report.nodes.find((node) => node.pid === pid));
      expect(new Set(nodes.map((node) => node?.osPid)).size).toBe(1);
      expect(nodes.filter((node) => node?.outcome === 'started')).toHaveLength(1);
    }
  });

  it('answers with the error and the status of a node that ends while it starts', async () => {
    const fake = await create();
    fake.behave({ 2: 'fail' });
    const startedMs = performance.now();
    const start = startNodes(fake.cluster, { pids: [1, 2, 3], timeoutMs: 60_000 });
    await expect(start).rejects.toMatchObject({
      code: 'OMNIKV_CORRUPT_DATA',
      exit: 65,
      message: 'node 2 cannot run: a byte has changed (node 1, 3 runs on)',
      suggestions: ['omnikv log verify 2'],
    });
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    await untilKind(fake.cluster, 3, 'running');
    expect(await kindOf(fake.cluster, 2)).toBe('down');
  });

  it('shows the last words of a node that ends without an explanation', async () => {
    const fake = await create({ nodeCount: 1 });
    fake.behave({ 1: 'exit' });
    const start = startNodes(fake.cluster, { pids: [1] });
    await expect(start).rejects.toMatchObject({
      code: 'OMNIKV_NODE_EXITED',
      message: 'node 1 ended while it was starting (exit status 7): these are my last words',
      suggestions: ['omnikv logs 1'],
    });
  });

  it('says at the deadline what did not happen', async () => {
    const fake = await create({ nodeCount: 1 });
    fake.behave({ 1: 'silent' });
    const start = startNodes(fake.cluster, { pids: [1], timeoutMs: 300 });
    await expect(start).rejects.toMatchObject({
      code: 'OMNIKV_START_TIMEOUT',
      message: expect.stringMatching(
        /after 0\.3 s node 1 does not answer.*no leader serves/,
      ) as string,
    });
  });

  it('P10: refuses a node whose data is gone, and starts the others', async () => {
    const { cluster } = await create();
    rmSync(cluster.layout.nodeDataDirectory(2), { recursive: true });
    for (const begin of [startNodes, recoverNodes]) {
      const started = begin(cluster, { pids: [2] });
      await expect(started).rejects.toMatchObject({ code: 'OMNIKV_DATA_MISSING', exit: 65 });
    }
    const start = startNodes(cluster, { pids: [1, 2, 3], readiness: 'none' });
    await expect(start).rejects.toMatchObject({ code: 'OMNIKV_DATA_MISSING' });
    await untilKind(cluster, 3, 'running');
    expect(existsSync(cluster.layout.nodeDataDirectory(2))).toBe(false);
  });

  it('spawns nothing where a configuration is illegal', async () => {
    const { cluster } = await create();
    const path = cluster.layout.nodeConfigFile(3);
    writeFileSync(path, readFileSync(path, 'utf8').replace('pid = 3', 'pid = "3"'));
    const start = startNodes(cluster, { pids: [1, 2, 3] });
    await expect(start).rejects.toMatchObject({
      code: 'OMNIKV_INVALID_CONFIG',
      exit: 78,
      message: expect.stringMatching(/^config\/node3\.toml:\d+: pid is "3"; allowed/) as string,
    });
    expect(await kindOf(cluster, 1)).toBe('down');
  });
});

describe('which process is a node', () => {
  it('tells starting, running, paused and down', async () => {
    const fake = await create();
    const { cluster } = fake;
    fake.behave({ 3: 'silent' });
    const osPids = await run(cluster, [1]);
    await startNodes(cluster, { pids: [3], readiness: 'none' });
    process.kill(osPids.get(1) ?? 0, 'SIGSTOP');
    await untilKind(cluster, 1, 'paused');
    const status = await collectStatus(cluster);
    expect(status.nodes.map((node) => node.state)).toEqual(['paused', 'down', 'starting']);
    expect(status).toMatchObject({ health: 'noQuorum', leader: undefined, runningCount: 0 });
    process.kill(osPids.get(1) ?? 0, 'SIGKILL');
    await untilKind(cluster, 1, 'down');
  });

  it('S5: never believes a pid that the kernel gave to somebody else', async () => {
    const { cluster } = await create();
    const own = currentProcessIdentity();
    const text = (change: object) =>
      JSON.stringify({ pid: 1, ...own, dirId: 'x', dataIdentity: '', ...change });
    const wrong = [
      { startTime: own.startTime - 1 },
      { bootId: 'another' },
      { pid: 2 },
      { osPid: 1 },
    ];
    for (const change of wrong) {
      writeFileSync(cluster.layout.runFile(1), text(change));
      expect(await kindOf(cluster, 1)).toBe('down');
    }
    for (const garbage of ['', '{', '[]', 'null', '{"pid":1}', '\u0000']) {
      writeFileSync(cluster.layout.runFile(1), garbage);
      expect(await kindOf(cluster, 1)).toBe('down');
    }
  });

  it('S5: a live process with another dirId is stale and is not signalled', async () => {
    const { cluster } = await create();
    writeFileSync(
      cluster.layout.runFile(1),
      JSON.stringify({ pid: 1, ...currentProcessIdentity(), dirId: 'a'.repeat(32) }),
    );
    expect(await kindOf(cluster, 1)).toBe('stale');
    for (const end of [crashNodes, stopNodes]) {
      await expect(end(cluster, { pids: [1] })).rejects.toThrow(/is not signalled/);
    }
    await expect(startNodes(cluster, { pids: [1] })).rejects.toThrow(/serves other data/);
    rmSync(cluster.layout.runFile(1));
  });

  it('S5: a copied cluster directory has no power over the nodes of the original', async () => {
    const { cluster, root, directory, environment } = await create({ below: 'one' });
    const osPids = await run(cluster, [1]);
    cpSync(directory, join(root, 'two'), { recursive: true });
    const copy = findCluster({ workingDirectory: join(root, 'two'), environment });
    expect(await kindOf(copy, 1)).toBe('stale');
    await expect(crashNodes(copy, { pids: [1] })).rejects.toThrow(/is not signalled/);
    expect(isAlive(osPids.get(1))).toBe(true);
  });

  it('a cluster directory that was moved keeps its nodes', async () => {
    const { cluster, root, directory, environment } = await create({ below: 'one' });
    const osPids = await run(cluster, [1]);
    renameSync(directory, join(root, 'two'));
    const moved = findCluster({ workingDirectory: join(root, 'two'), environment });
    expect(await kindOf(moved, 1)).toBe('running');
    await crashNodes(moved, { pids: [1] });
    expect(isAlive(osPids.get(1))).toBe(false);
    renameSync(join(root, 'two'), directory);
  });

  it('a node whose data was removed under it can still be stopped', async () => {
    const { cluster } = await create();
    const osPids = await run(cluster, [2]);
    rmSync(cluster.layout.nodeDataDirectory(2), { recursive: true });
    expect((await stopNodes(cluster, { pids: [2] })).nodes[0]?.outcome).toBe('stopped');
    expect(isAlive(osPids.get(2))).toBe(false);
  });

  it('S7: a zombie is dead', async () => {
    const { cluster } = await create();
    // The child of a process that never asks for its end: not of the shell, which would.
    const parent = spawn('sh', ['-c', 'cat <&3 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    const line = await new Promise<string>((resolve) => {
      parent.stdout?.once('data', (bytes: Buffer) => resolve(bytes.toString()));
    });
    const osPid = Number(line);
    await until('the shell gone', () => commandOf(parent.pid) === 'sleep');
    (parent.stdio[3] as Writable).end();
    await until('a zombie', () => readProcessStat(osPid)?.state === 'Z');
    const startTime = readProcessStat(osPid)?.startTime;
    const identity = { ...currentProcessIdentity(), osPid, startTime };
    writeFileSync(cluster.layout.runFile(1), JSON.stringify({ pid: 1, ...identity, dirId: 'x' }));
    expect(await kindOf(cluster, 1)).toBe('down');
    parent.kill('SIGKILL');
  });
});

describe('stop and crash', () => {
  it('S1: stop ends nodes politely, paused ones too, and is idempotent', async () => {
    const { cluster } = await create();
    const osPids = await run(cluster, [1, 2]);
    process.kill(osPids.get(2) ?? 0, 'SIGSTOP');
    const report = await stopNodes(cluster, { pids: [1, 2, 3] });
    expect(report.nodes.map((node) => node.outcome)).toEqual(['stopped', 'stopped', 'alreadyDown']);
    expect([...osPids.values()].some(isAlive)).toBe(false);
    expect(existsSync(cluster.layout.spawnFile(1))).toBe(false);
    const again = await stopNodes(cluster, { pids: [1] });
    expect(again.nodes[0]?.outcome).toBe('alreadyDown');
  });

  it('S1: a node that does not stop in time is killed', async () => {
    const fake = await create({ nodeCount: 1 });
    fake.behave({ 1: 'ignoreTerm' });
    const osPids = await run(fake.cluster, [1]);
    const steps: ClusterStep[] = [];
    const report = await stopNodes(fake.cluster, {
      pids: [1],
      timeoutMs: 100,
      onStep: (step) => steps.push(step),
    });
    expect(report.nodes[0]?.outcome).toBe('killed');
    expect(steps.map((step) => step.kind)).toEqual(['stopping', 'escalated']);
    expect(isAlive(osPids.get(1))).toBe(false);
  });

  it('crash returns when the process is gone, and leaves no run file', async () => {
    const { cluster } = await create();
    const osPids = await run(cluster, [1, 2, 3]);
    const report = await crashNodes(cluster, { pids: [1, 3] });
    expect(report.nodes.map((node) => node.outcome)).toEqual(['killed', 'killed']);
    expect([osPids.get(1), osPids.get(3)].some(isAlive)).toBe(false);
    expect(isAlive(osPids.get(2))).toBe(true);
    expect(existsSync(cluster.layout.runFile(1))).toBe(false);
    const again = await crashNodes(cluster, { pids: [1] });
    expect(again.nodes).toEqual([{ pid: 1, outcome: 'alreadyDown' }]);
  });

  it('crash ends a node that has only been spawned', async () => {
    const fake = await create({ nodeCount: 1 });
    fake.behave({ 1: 'silent' });
    const report = await startNodes(fake.cluster, { pids: [1], readiness: 'none' });
    await crashNodes(fake.cluster, { pids: [1] });
    expect(isAlive(report.nodes[0]?.osPid)).toBe(false);
  });
});

describe('selectors and wait', () => {
  it('names nodes by number, list, all, down, random, minority', async () => {
    const { cluster } = await create({ nodeCount: 5 });
    await run(cluster, [1, 2, 4]);
    const resolve = (...selectors: string[]) =>
      resolveSelectors(cluster, { selectors, fallback: 'down' });
    expect(await resolve()).toEqual([3, 5]);
    expect(await resolve('2')).toEqual([2]);
    expect(await resolve('4,1', '4')).toEqual([1, 4]);
    expect(await resolve('all')).toEqual([1, 2, 3, 4, 5]);
    expect(await resolve('down', '1')).toEqual([1, 3, 5]);
    expect([1, 2, 4]).toContain((await resolve('random'))[0]);
    expect(await resolve('minority')).toHaveLength(2);
    await expect(resolve('leader')).rejects.toMatchObject({ code: 'OMNIKV_NO_QUORUM' });
    for (const word of ['9', '0', '1-3', 'node2', '', ',', 'constructor']) {
      await expect(resolve(word)).rejects.toMatchObject({ code: 'OMNIKV_UNKNOWN_NODE', exit: 64 });
    }
    await expect(resolve('folowers')).rejects.toThrow(/did you mean followers\?/);
  });

  it('waits for a node to be down, and names what is missing at the deadline', async () => {
    const { cluster } = await create();
    const osPids = await run(cluster, [1, 2]);
    const isDown = { kind: 'node', pid: 2, state: 'down' } as const;
    const wait = waitFor(cluster, { condition: isDown, timeoutMs: 15_000 });
    process.kill(osPids.get(2) ?? 0, 'SIGKILL');
    expect((await wait).nodes[1]?.state).toBe('down');
    const timeoutMs = 100;
    const leader = waitFor(cluster, { condition: { kind: 'leader' }, timeoutMs });
    await expect(leader).rejects.toMatchObject({
      code: 'OMNIKV_WAIT_TIMEOUT',
      exit: 124,
      message: 'after 0.1 s no node leads; 0 of 3 nodes answer',
    });
    const quorum = waitFor(cluster, { condition: { kind: 'quorum' }, timeoutMs });
    await expect(quorum).rejects.toThrow(/a quorum is 2/);
  });
});
