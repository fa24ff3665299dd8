/**
 * The commands that break links, on three real nodes: what they write, say and refuse. That frames
 * really stop is tested where the transport is.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseLinksFile } from '../../src/core/config/links-file.js';
import { TempCluster } from '../support/temp-cluster.js';

interface NodeJson {
  readonly pid: number;
  readonly links: Readonly<Record<string, { readonly fault?: { readonly isCut: boolean } }>>;
}

const cluster = new TempCluster();
afterAll(async () => await cluster.dispose());

beforeAll(async () => {
  await cluster.ok('init', '--nodes', '3');
  await cluster.ok('start');
});

beforeEach(async () => {
  await cluster.ok('heal');
  await cluster.ok('wait', '--for', 'synced', '--timeout', '30s');
});

function links(): string {
  const { faults } = parseLinksFile(readFileSync(cluster.path('run', 'links.json')));
  return faults
    .map(({ from, to, fault }) => `${from}>${to}${fault.isCut ? '' : ' open'}`)
    .join(' ');
}

async function leader(): Promise<number> {
  return Number((await cluster.json('status')).leader);
}

/** What node `from` says of itself. */
async function isCutBy(from: number, to: number): Promise<boolean | undefined> {
  const { nodes } = await cluster.json('status');
  const node = (nodes as NodeJson[]).find(({ pid }) => pid === from);
  return node?.links[String(to)]?.fault?.isCut;
}

describe('cut and heal', () => {
  it('U7: a cut stands in run/links.json, and heal takes it away, as often as it is said', async () => {
    expect(await cluster.ok('cut', '1-3')).toBe('node 1 - node 3: cut');
    expect(links()).toBe('1>3 3>1');
    expect(await cluster.ok('cut', '2>3')).toBe('node 2 > node 3: cut');
    expect(links()).toBe('1>3 2>3 3>1');
    expect(await cluster.ok('heal', '3-1')).toBe('node 1 - node 3: healed');
    expect(links()).toBe('2>3');
    expect(await cluster.ok('heal')).toBe('node 2 > node 3: healed');
    expect(await cluster.ok('heal')).toBe('');
    expect(links()).toBe('');
  });

  it('names nodes by their roles', async () => {
    const pid = await leader();
    const others = [1, 2, 3].filter((other) => other !== pid);
    await cluster.ok('cut', 'leader>followers');
    expect(links()).toBe(others.map((other) => `${pid}>${other}`).join(' '));
  });

  it('outlives crash and recover of the nodes', async () => {
    await cluster.ok('cut', '1>3');
    await cluster.ok('crash', '1', '3');
    expect(links()).toBe('1>3');
    expect(await cluster.ok('cut', '3>1')).toBe('node 3 > node 1: cut');
    await cluster.ok('recover');
    expect(links()).toBe('1>3 3>1');
  });

  it('expires by itself, and is gone from the file with the next command', async () => {
    const cut = await cluster.json('cut', '1>2', '--for', '1ms');
    expect(cut.faults).toEqual([expect.objectContaining({ from: 1, to: 2, isCut: true })]);
    const next = await cluster.json('cut', '2>3', '--for', '30s');
    expect(next.faults).toHaveLength(1);
    expect(links()).toBe('2>3');
  });

  it('--reset raises the counter of each direction, and heal does not lower it', async () => {
    await cluster.ok('cut', '1-2', '--reset');
    await cluster.ok('heal');
    await cluster.ok('cut', '1>2', '--reset');
    expect(parseLinksFile(readFileSync(cluster.path('run', 'links.json'))).resets).toEqual([
      { from: 1, to: 2, count: 2 },
      { from: 2, to: 1, count: 1 },
    ]);
  });

  it('works over a file that somebody damaged', async () => {
    writeFileSync(cluster.path('run', 'links.json'), '{"faults":[{"from":1');
    await cluster.ok('cut', '1>2');
    expect(links()).toBe('1>2');
  });

  it('names a node that is paused and has not heard of it; resume tells the node', async () => {
    for (const [command, isCut] of [
      ['cut', true],
      ['heal', undefined],
    ] as const) {
      await cluster.ok('pause', '2');
      try {
        const { stderr, status } = await cluster.run([command, '1-2']);
        expect(status).toBe(0);
        expect(stderr).toContain('node 2 has not taken it up: it is paused');
      } finally {
        await cluster.ok('resume', '2');
      }
      await vi.waitFor(async () => expect(await isCutBy(2, 1)).toBe(isCut), 10_000);
    }
  });
});

describe('isolate, split, link', () => {
  it('isolate and split cut both directions of every link between the sets', async () => {
    expect(await cluster.ok('isolate', '2', '--for', '30s')).toMatch(
      /^node 1 - node 2: cut, for 30 s more\nnode 2 - node 3: cut, for 30 s more$/,
    );
    await cluster.ok('heal');
    await cluster.ok('split', '1,2/3');
    expect(links()).toBe('1>3 2>3 3>1 3>2');
  });

  it('link makes slow and lossy, keeps a cut, and is replaced by the next one', async () => {
    const line = 'node 1 - node 3: delay 50 ms ± 10 ms, drop 5 %';
    expect(
      await cluster.ok('link', '1-3', '--delay', '50ms', '--jitter', '10ms', '--drop', '5%'),
    ).toBe(line);
    expect(links()).toBe('1>3 open 3>1 open');
    await cluster.ok('cut', '1>3');
    expect(await cluster.ok('link', '1>3', '--rate', '100KiB')).toBe(
      'node 1 > node 3: cut, at most 100 KiB/s',
    );
  });
});

describe('scenario', () => {
  it('says whom it chose and why, and restore undoes it', async () => {
    const pid = await leader();
    const last = pid === 3 ? 2 : 3;
    const text = await cluster.ok('scenario', 'chained');
    expect(text).toContain(`leader: node ${pid} (serves now; loses its link with node ${last}`);
    expect(text).toContain(`cut-off: node ${last} (`);
    expect(links().split(' ')).toHaveLength(2);
    const restored = await cluster.json('scenario', 'restore');
    expect(restored).toMatchObject({ scenario: 'restore', roles: [], faults: [] });
    expect(restored.changed).toHaveLength(2);
  });

  it('constrained takes everything from the leader, and leaves the rest to the hub', async () => {
    const pid = await leader();
    await cluster.ok('link', 'all-all', '--delay', '1ms');
    const answer = await cluster.json('scenario', 'constrained', '--for', '1m');
    expect(answer.roles).toMatchObject([{ role: 'leader', pid }, { role: 'hub' }]);
    const isOfLeader = (link: string) => link.split('>').includes(String(pid));
    expect(links().split(' ').every(isOfLeader)).toBe(true);
    expect(links().split(' ')).toHaveLength(4);
  });
});

describe('bad input', () => {
  it.each([
    [['cut', '1'], 'OMNIKV_USAGE', 64],
    [['cut', '2-2'], 'OMNIKV_USAGE', 64],
    [['cut', '1-9'], 'OMNIKV_UNKNOWN_NODE', 64],
    [['cut', 'lead-2'], 'OMNIKV_UNKNOWN_NODE', 64],
    [['heal', '1-9'], 'OMNIKV_UNKNOWN_NODE', 64],
    [['isolate', 'all'], 'OMNIKV_USAGE', 64],
    [['split', '1,2/2,3'], 'OMNIKV_USAGE', 64],
    [['split', '1,2'], 'OMNIKV_USAGE', 64],
    [['link', '1-3'], 'OMNIKV_USAGE', 64],
    [['link', '1-3', '--for', '5s'], 'OMNIKV_USAGE', 64],
    [['link', '1-3', '--drop', '101%'], 'OMNIKV_USAGE', 64],
    [['link', '1-3', '--drop', '5'], 'OMNIKV_USAGE', 64],
    [['link', '1-3', '--rate', 'fast'], 'OMNIKV_USAGE', 64],
    [['scenario', 'chaos'], 'OMNIKV_USAGE', 64],
  ])('%j is %s, and changes nothing', async (args, code, status) => {
    const refused = await cluster.json(...args);
    expect(refused.error?.code).toBe(code);
    expect(refused.status).toBe(status);
    expect(refused.error?.suggestions.length).toBeGreaterThan(0);
    expect(links()).toBe('');
  });

  it('a scenario begins with a whole cluster', async () => {
    await cluster.ok('crash', '2');
    const refused = await cluster.json('scenario', 'chained');
    expect(refused.error?.code).toBe('OMNIKV_NODE_DOWN');
    expect(refused.error?.suggestions).toEqual(['omnikv recover 2']);
    await cluster.ok('recover');
  });
});

describe('the file', () => {
  it('goes with the cluster, and is not there in the one that init makes in its place', async () => {
    await cluster.ok('cut', '1-2');
    await cluster.ok('stop');
    await cluster.ok('init', '--nodes', '3', '--force');
    expect(existsSync(cluster.path('run', 'links.json'))).toBe(false);
    await cluster.ok('cut', '1-2');
    await cluster.ok('destroy', '--yes');
    expect(existsSync(cluster.path('run'))).toBe(false);
  });
});
