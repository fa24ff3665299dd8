/** `start --foreground`: nodes that end with the command that shows them (S4). */

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  crashNodes,
  findCluster,
  initCluster,
  startNodes,
  waitFor,
  type Cluster,
} from '../../src/core/cluster/index.js';

const environment = { temporaryDirectory: tmpdir() };
const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

let root: string;
let cluster: Cluster;

beforeEach(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'omnikv-foreground-')));
  // More than 200 characters deep, with spaces and letters beyond ASCII.
  const directory = join(root, 'sehr tief ü/'.repeat(20));
  await initCluster({ directory, nodeCount: 3, mode: 'new', environment });
  cluster = findCluster({ workingDirectory: directory, environment });
});

afterEach(async () => {
  await crashNodes(cluster, { pids: cluster.pids });
  rmSync(cluster.layout.socketDirectory, { recursive: true, force: true });
  rmSync(root, { recursive: true, force: true });
});

function startInForeground(): ChildProcess {
  const args = [PROGRAM, 'start', '--foreground', '--dir', cluster.layout.directory];
  return spawn(process.execPath, args, { stdio: 'ignore' });
}

async function ended(child: ChildProcess): Promise<number | null> {
  return await new Promise((resolve) => child.once('exit', (status) => resolve(status)));
}

async function untilAllDown(): Promise<void> {
  for (const pid of cluster.pids) {
    const condition = { kind: 'node', pid, state: 'down' } as const;
    await waitFor(cluster, { condition, timeoutMs: 30_000 });
  }
}

describe('a cluster in the foreground', () => {
  it('serves, stops at Ctrl-C, and the command ends well', async () => {
    const child = startInForeground();
    const end = ended(child);
    await waitFor(cluster, { condition: { kind: 'synced' }, timeoutMs: 30_000 });
    await expect(startNodes(cluster, { pids: [1] })).resolves.toMatchObject({
      nodes: [{ outcome: 'alreadyRunning' }],
    });
    child.kill('SIGINT');
    expect(await end).toBe(0);
    await untilAllDown();
  });

  it('leaves no node behind when the command is killed', async () => {
    const child = startInForeground();
    const end = ended(child);
    await waitFor(cluster, { condition: { kind: 'leader' }, timeoutMs: 30_000 });
    child.kill('SIGKILL');
    await end;
    await untilAllDown();
  });
});
