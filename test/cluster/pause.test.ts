/** Nodes that are stopped where they stand, and everything that may be done to them then. */

import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';

import {
  collectStatus,
  crashNodes,
  destroyCluster,
  pauseNodes,
  recoverNodes,
  resolveSelectors,
  resumeNodes,
  startNodes,
  stopNodes,
  waitFor,
  type Cluster,
  type ClusterStep,
} from '../../src/core/cluster/index.js';
import { inspectNode } from '../../src/core/cluster/node-process.js';
import { FakeCluster } from '../support/fake-cluster.js';

const made: FakeCluster[] = [];

async function running(...pids: readonly number[]): Promise<Cluster> {
  const fake = await FakeCluster.create();
  made.push(fake);
  await startNodes(fake.cluster, { pids, readiness: 'none' });
  for (const deadlineMs = performance.now() + 15_000; ;) {
    const kinds = await kindsOf(fake.cluster, pids);
    if (kinds.every((kind) => kind === 'running')) return fake.cluster;
    expect(performance.now()).toBeLessThan(deadlineMs);
  }
}

async function kindsOf(cluster: Cluster, pids = cluster.pids): Promise<readonly string[]> {
  return await Promise.all(pids.map(async (pid) => (await inspectNode(cluster, pid)).kind));
}

function outcomes(report: { readonly nodes: readonly { readonly outcome: string }[] }): string[] {
  return report.nodes.map((node) => node.outcome);
}

afterEach(async () => {
  for (const fake of made.splice(0)) await fake.remove();
});

describe('pause and resume', () => {
  it('U7: shows in status, is undone by one command, and both are idempotent', async () => {
    const cluster = await running(1, 2);
    expect(outcomes(await pauseNodes(cluster, { pids: [2] }))).toEqual(['paused']);
    expect(await kindsOf(cluster)).toEqual(['running', 'paused', 'down']);
    expect(outcomes(await pauseNodes(cluster, { pids: [2] }))).toEqual(['alreadyPaused']);
    const status = await collectStatus(cluster, { timeoutMs: 100 });
    expect(status.nodes[1]).toMatchObject({ state: 'paused', status: undefined });
    expect(await resolveSelectors(cluster, { selectors: [], fallback: 'paused' })).toEqual([2]);
    const resumed = await resumeNodes(cluster, { pids: [1, 2, 3] });
    expect(outcomes(resumed)).toEqual(['notPaused', 'resumed', 'down']);
    expect(await kindsOf(cluster)).toEqual(['running', 'running', 'down']);
  });

  it('pauses all nodes that are named, or none', async () => {
    const cluster = await running(1, 2);
    const pause = pauseNodes(cluster, { pids: [1, 2, 3] });
    await expect(pause).rejects.toMatchObject({
      code: 'OMNIKV_NODE_DOWN',
      exit: 69,
      message: 'node 3 cannot be paused: it does not run',
    });
    expect(await kindsOf(cluster)).toEqual(['running', 'running', 'down']);
  });

  it('leaves no trace once the node has been resumed', async () => {
    const cluster = await running(1);
    const before = await inspectNode(cluster, 1);
    await pauseNodes(cluster, { pids: [1] });
    await resumeNodes(cluster, { pids: [1] });
    expect(await inspectNode(cluster, 1)).toEqual(before);
  });
});

describe('a paused node', () => {
  it('is ended by crash and by stop, and forgotten', async () => {
    const cluster = await running(1, 2);
    await pauseNodes(cluster, { pids: [1, 2] });
    expect(outcomes(await crashNodes(cluster, { pids: [1] }))).toEqual(['killed']);
    expect(outcomes(await stopNodes(cluster, { pids: [2] }))).toEqual(['stopped']);
    expect(await kindsOf(cluster)).toEqual(['down', 'down', 'down']);
    expect(existsSync(cluster.layout.runFile(1))).toBe(false);
  });

  it('is left so by start and recover, which say so and do not wait for it', async () => {
    const cluster = await running(2);
    await pauseNodes(cluster, { pids: [2] });
    const steps: ClusterStep[] = [];
    const onStep = (step: ClusterStep) => steps.push(step);
    const started = await startNodes(cluster, { pids: [2], timeoutMs: 500, onStep });
    expect(outcomes(started)).toEqual(['paused']);
    expect(started.note).toBe('waiting for a quorum (0 of 3 run); next: omnikv recover 1 3');
    const recovered = await recoverNodes(cluster, { pids: [2], timeoutMs: 500, onStep });
    expect(outcomes(recovered)).toEqual(['paused']);
    expect(steps.map((step) => step.kind)).toEqual(['alreadyPaused', 'alreadyPaused']);
    expect(await kindsOf(cluster)).toEqual(['down', 'paused', 'down']);
  });

  it('is what a cluster without a quorum is told to resume first', async () => {
    const cluster = await running(1, 2, 3);
    await pauseNodes(cluster, { pids: [1, 2, 3] });
    const { note } = await startNodes(cluster, { pids: [1], timeoutMs: 500 });
    expect(note).toBe('waiting for a quorum (0 of 3 run); next: omnikv resume 1 2');
  });

  it('is neither up nor down to wait', async () => {
    const cluster = await running(1);
    await pauseNodes(cluster, { pids: [1] });
    for (const state of ['up', 'down'] as const) {
      const condition = { kind: 'node', pid: 1, state } as const;
      const wait = waitFor(cluster, { condition, timeoutMs: 50 });
      await expect(wait).rejects.toThrow('after 0.05 s node 1 is paused');
    }
  });

  it('is ended by destroy', async () => {
    const cluster = await running(1);
    await pauseNodes(cluster, { pids: [1] });
    expect((await destroyCluster(cluster)).stoppedCount).toBe(1);
  });
});
