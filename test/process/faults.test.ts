/**
 * Faults as commands on five real nodes: pause, resume, chaos; check and verify say that nothing came
 * of it.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RUN_JS, cliEnvironment } from '../support/cli.js';
import { TempCluster } from '../support/temp-cluster.js';

interface NodeJson {
  readonly pid: number;
  readonly state: string;
  readonly links: Readonly<Record<string, { readonly state: string }>>;
}

const cluster = new TempCluster();
afterAll(async () => await cluster.dispose());

beforeAll(async () => {
  await cluster.ok('init', '--nodes', '5');
  await cluster.ok('start');
});

async function statesOf(): Promise<string> {
  const { nodes } = await cluster.json('status');
  return (nodes as NodeJson[]).map(({ state }) => state).join(' ');
}

const ALL_RUN = 'running running running running running';

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** Resolves when standard output holds it. */
  readonly shows: (text: string) => Promise<void>;
}

/** A process of its own, for signals and pipes. */
function begin(...args: readonly string[]): Running {
  const options = { cwd: cluster.directory, env: cliEnvironment() };
  const child = spawn(process.execPath, [RUN_JS, ...args], { ...options, stdio: 'pipe' });
  let output = '';
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    for (const look of waiting) look();
  });
  child.stderr.resume();
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const shows = async (text: string) =>
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (output.includes(text)) resolve();
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`${text} was not shown: ${output}`)));
    });
  return { child, ended, shows };
}

describe('pause and resume', () => {
  it('U7: show in status, as state and as links, and are undone by one command', async () => {
    expect(await cluster.ok('pause', '2')).toMatch(/^node 2 paused \(process \d+\)$/);
    expect((await cluster.run(['pause', '2'])).stderr).toMatch(/paused already/);
    // Node 2 may have been the leader: until there is another one, status says no quorum.
    const degraded = await vi.waitFor(async () => {
      const answer = await cluster.json('status');
      expect(answer.status).toBe(3);
      return answer;
    }, 10_000);
    expect(degraded.error?.suggestions).toEqual(['omnikv resume 2']);
    const nodes = degraded.nodes as NodeJson[];
    expect(nodes[1]?.state).toBe('paused');
    expect(nodes[0]?.links['2']?.state).toBe('paused');
    await cluster.ok('put', 'during', '1');
    const verified = await cluster.run(['verify']);
    expect(verified.stdout).toMatch(/^4 nodes have applied 0\.\.\d+ with digest [0-9a-f]+$/m);
    expect(verified.stderr).toContain('node 2 is paused: not compared');
    expect((await cluster.run(['recover', '2'])).stderr).toMatch(/next: omnikv resume 2/);
    expect(await cluster.ok('resume')).toBe('node 2 resumed');
    await cluster.ok('resume', '2');
    expect(await cluster.ok('verify')).toMatch(/^5 nodes have applied/);
  });

  it('S3: a leader that was paused leads nobody afterwards, and reads nothing stale', async () => {
    const { leader } = await cluster.json('status');
    await cluster.ok('put', 'seen', '1');
    await cluster.ok('pause', 'leader');
    await cluster.ok('put', 'seen', '2');
    await cluster.ok('resume', String(leader));
    expect(await cluster.ok('get', 'seen', '--node', String(leader))).toBe('2');
    expect((await cluster.json('status')).leader).not.toBe(leader);
  });

  it('is over after its time, and at once at Ctrl-C', async () => {
    expect(await cluster.ok('pause', '1', '3', '--for', '50ms')).toMatch(/node 3 resumed$/);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const pause = begin('pause', '4', '--for', '1m');
      await pause.shows('node 4 paused');
      expect(await statesOf()).toContain('paused');
      pause.child.kill(signal);
      expect(await pause.ended).toBe(130);
    }
    expect(await statesOf()).toBe(ALL_RUN);
  });

  it('refuses what cannot be paused, and pauses nothing then', async () => {
    await cluster.ok('crash', '5');
    const refused = await cluster.json('pause', '1', '5');
    expect(refused).toMatchObject({ status: 69, error: { code: 'OMNIKV_NODE_DOWN' } });
    expect(await statesOf()).toBe('running running running running down');
    expect((await cluster.json('chaos', '--for', '1s')).error?.suggestions).toEqual([
      'omnikv recover 5',
    ]);
    await cluster.ok('recover');
  });
});

describe('chaos', () => {
  it('under load loses nothing and leaves every node running, with one state', async () => {
    const load = ['bench', '--op', 'mixed', '--concurrency', '8', '--record', 'h.ndjson'];
    const [bench, chaos] = await Promise.all([
      cluster.json(...load, '--duration', '4s', '--timeout', '10s'),
      cluster.run(['chaos', '--for', '3500ms', '--seed', '42', '--json']),
    ]);
    expect(bench.operations).toBeGreaterThan(10);
    const lines = chaos.stdout.trimEnd().split('\n');
    const stream = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const summary = stream.pop();
    expect(summary).toMatchObject({
      ok: true,
      seed: '0x000000000000002a',
      runningCount: 5,
      problem: null,
    });
    const deeds = (action: string) => stream.filter((line) => line.action === action).length;
    expect(deeds('crash') + deeds('pause')).toBeGreaterThan(1);
    expect([deeds('crash'), deeds('pause')]).toEqual([deeds('recover'), deeds('resume')]);
    expect(await statesOf()).toBe(ALL_RUN);
    expect(await cluster.ok('verify', '--timeout', '20s')).toMatch(/^5 nodes have applied/);
    expect(await cluster.ok('check', 'h.ndjson')).toMatch(/^VALID: \d+ operations/);
  });

  it('puts everything right, also when it is interrupted or its reader goes away', async () => {
    const interrupted = begin('chaos', '--mix', 'pause', '--seed', '7');
    await interrupted.shows('pause node');
    interrupted.child.kill('SIGTERM');
    expect(await interrupted.ended).toBe(130);
    expect(await statesOf()).toBe(ALL_RUN);
    const unread = begin('chaos', '--mix', 'crash', '--seed', '8');
    await unread.shows('crash node');
    unread.child.stdout?.destroy();
    await unread.ended;
    expect(await statesOf()).toBe(ALL_RUN);
  });

  it.each([
    ['--mix', 'cut'],
    ['--mix', ''],
    ['--seed', '0xyz'],
    ['--seed', '18446744073709551616'],
    ['--for', '60'],
  ])('refuses %s %s', async (flag, value) => {
    expect((await cluster.json('chaos', flag, value)).status).toBe(64);
  });

  it('is not for a cluster that no node can be spared of', async () => {
    await cluster.ok('init', '--nodes', '1', '--dir', 'alone');
    await cluster.ok('start', '--dir', 'alone');
    expect((await cluster.json('chaos', '--dir', 'alone')).error).toMatchObject({
      code: 'OMNIKV_USAGE',
      suggestions: ['omnikv chaos --quorum-loss'],
    });
    const loss = ['--quorum-loss', '--for', '1s', '--seed', '3', '--dir', 'alone'];
    expect(await cluster.ok('chaos', ...loss)).toMatch(/node 1 leads, 1 of 1 nodes run$/);
    expect(await cluster.ok('verify', '--dir', 'alone')).toMatch(/^1 node has applied/);
    await cluster.ok('destroy', '--yes', '--dir', 'alone');
  });
});

describe('verify', () => {
  it('says that there is nothing to compare rather than that all is equal', async () => {
    await cluster.ok('stop', '2,3,4,5');
    const answer = await cluster.json('verify');
    expect(answer).toMatchObject({ status: 69, error: { code: 'OMNIKV_UNREACHABLE' } });
  });
});
