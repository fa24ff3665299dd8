/**
 * Status, reports, progress and log lines, as people and programs read them.
 */

import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { gatherLog } from '../../src/cli/log-contents.js';
import { LogTail } from '../../src/cli/log-tail.js';
import { runStep } from '../../src/cli/progress.js';
import { logLineToText, parseLogLine } from '../../src/cli/render-log-line.js';
import { renderRecover, renderStop } from '../../src/cli/render-report.js';
import {
  healthError,
  statusNotes,
  statusTable,
  statusToJson,
} from '../../src/cli/render-status.js';
import { toOmnikvError } from '../../src/cli/to-omnikv-error.js';
import type { ClusterStatus, NodeView } from '../../src/core/cluster/index.js';
import { OmnikvError } from '../../src/core/errors.js';
import type { InspectedItem } from '../../src/core/storage/index.js';
import { memoryOutput } from '../support/memory-output.js';

function node(pid: number, change: Partial<NodeView> = {}): NodeView {
  return {
    pid,
    state: 'running',
    osPid: 1_000 + pid,
    startedAt: '2026-01-01T00:00:00.000Z',
    version: '0.1.0',
    status: {
      pid,
      osPid: 1_000 + pid,
      state: 'running',
      role: pid === 1 ? 'leader' : 'follower',
      phase: 'accept',
      leader: 1,
      isServing: pid === 1,
      ballot: 'c1.n2.p0@1',
      promise: 'c1.n2.p0@1',
      acceptedRound: 'c1.n2.p0@1',
      decidedIdx: pid === 1 ? 12 : 10,
      acceptedIdx: 12,
      compactedIdx: 0,
      appliedIdx: 12,
      uptimeMs: 61_000,
      version: '0.1.0',
      links: { 2: { state: 'connected' }, 3: { state: 'down' } },
      configDigest: 'x',
      recovered: null,
      isDiskFull: false,
    },
    problem: undefined,
    isConfigChanged: false,
    ...change,
  };
}

const down = node(3, { state: 'down', osPid: undefined, status: undefined });

function clusterStatus(change: Partial<ClusterStatus> = {}): ClusterStatus {
  const nodes = [node(1), node(2), node(3)];
  const quorum = { readQuorumSize: 2, writeQuorumSize: 2 };
  const healthy = { clusterId: 'c', health: 'healthy', leader: 1, runningCount: 3 } as const;
  return { ...healthy, quorum, faults: [], nodes, ...change };
}

describe('status', () => {
  it('is a table with the lag of each node and the links that are down', () => {
    const lines = statusTable(clusterStatus({ nodes: [node(1), node(2), down] }));
    expect(lines).toEqual([
      'NODE  STATE    ROLE      BALLOT      DECIDED  ACCEPTED  COMPACTED  LAG  PID   UPTIME  LINKS',
      '1     running  leader    c1.n2.p0@1  12       12        0          0    1001  61 s    2 (not 3)',
      '2     running  follower  c1.n2.p0@1  10       12        0          2    1002  61 s    2 (not 3)',
      '3     down     -         -           -        -         -          -    -     -       -',
    ]);
  });

  it('has every field in JSON, also for a node that is down', () => {
    const { nodes } = statusToJson(clusterStatus({ nodes: [node(1), down] }));
    const [first, second] = nodes as Record<string, unknown>[];
    expect(Object.keys(first ?? {})).toEqual(Object.keys(second ?? {}));
    expect(second).toMatchObject({ pid: 3, osPid: null, state: 'down', role: null, links: {} });
  });

  it('is 0 healthy, 3 degraded, 69 without a quorum, each with the next command', () => {
    expect(healthError(clusterStatus())).toBeUndefined();
    const nodes = [node(1), node(2), down];
    const degraded = healthError(clusterStatus({ health: 'degraded', runningCount: 2, nodes }));
    expect(degraded).toMatchObject({ exit: 3, suggestions: ['omnikv recover 3'] });
    const allDown = [1, 2, 3].map((pid) => ({ ...down, pid }));
    const stopped = clusterStatus({ health: 'noQuorum', runningCount: 0, nodes: allDown });
    expect(healthError(stopped)).toMatchObject({ exit: 69, suggestions: ['omnikv start'] });
  });

  it('names the restart that takes up a changed configuration', () => {
    const nodes = [node(1), node(2, { isConfigChanged: true })];
    expect(statusNotes(clusterStatus({ nodes })).join()).toContain('omnikv restart 2');
  });
});

describe('reports', () => {
  it('say from where and how far a node recovered', () => {
    const memory = memoryOutput();
    renderRecover(memory.output, {
      nodes: [
        { pid: 2, osPid: 5, outcome: 'recovered', fromIdx: 842, toIdx: 855, tornBytes: 96 },
        { pid: 3, osPid: 6, outcome: 'alreadyRunning', fromIdx: 855, toIdx: 855, tornBytes: 0 },
      ],
      leader: 1,
      runningCount: 3,
      nodeCount: 3,
      hasQuorum: true,
      note: undefined,
    });
    expect(memory.stdout()).toBe(
      'node 2 recovered: 0..842 from its disk, caught up to 0..855\n' +
        'node 1 leads; 3 of 3 nodes run\n',
    );
    expect(memory.stderr()).toBe(
      'node 2 cut a torn write of 96 bytes, kept beside it\n' + 'node 3 runs already (process 6)\n',
    );
  });

  it('put notes into the envelope under --json', () => {
    const memory = memoryOutput({ isJson: true });
    renderStop(memory.output, { nodes: [{ pid: 2, outcome: 'alreadyDown' }] });
    expect(JSON.parse(memory.stdout())).toEqual({
      ok: true,
      nodes: [{ pid: 2, outcome: 'alreadyDown' }],
      notes: ['node 2 was down already'],
    });
  });
});

describe('progress', () => {
  it('is silent for work under half a second, and under --json', async () => {
    for (const isJson of [false, true]) {
      const memory = memoryOutput({ isJson });
      expect(await runStep(memory.output, 'working', async () => await Promise.resolve(7))).toBe(7);
      expect(memory.stderr()).toBe('');
    }
  });

  it('is plain lines where no terminal reads, and a spinner with a mark where one does', async () => {
    vi.useFakeTimers();
    try {
      for (const isTerminal of [false, true]) {
        const memory = memoryOutput({ isTerminal, environment: { NO_COLOR: '1' } });
        const work = runStep(memory.output, 'working', async (control) => {
          control.detail('half way');
          await new Promise((resolve) => setTimeout(resolve, 700));
          throw new Error('no');
        });
        const ended = expect(work).rejects.toThrow('no');
        await vi.advanceTimersByTimeAsync(800);
        await ended;
        expect(memory.stderr()).toMatch(/✗ working \(/);
        expect(memory.stderr()).toContain('half way');
        expect(memory.stderr().includes('⠋')).toBe(isTerminal);
        expect(memory.stdout()).toBe('');
      }
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('logs', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'omnikv-tail-'));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it('are read from the end, followed, and followed over a rotation', () => {
    const path = join(directory, 'node1.log');
    const tail = new LogTail(path);
    expect(tail.readLast(5)).toEqual([]);
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
    writeFileSync(path, `${lines.join('\n')}\nhalf`);
    const second = new LogTail(path);
    expect(second.readLast(2)).toEqual(['line 19998', 'line 19999']);
    appendFileSync(path, ' done\nnext\n');
    expect(second.readNew()).toEqual(['half done', 'next']);
    expect(second.readNew()).toEqual([]);
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'after\n');
    expect(second.readNew()).toEqual(['after']);
  });

  it('are shown with time, node, level, event and fields; other lines as they are', () => {
    const text =
      '{"time":"2026-01-01T12:00:00.123Z","level":"info","event":"up","pid":2,"at":"a b"}';
    expect(logLineToText(parseLogLine(2, text))).toBe('12:00:00.123 node2 info  up at="a b"');
    expect(logLineToText(parseLogLine(2, 'no \u001b[31mJSON'))).toBe('node2 no \\x1b[31mJSON');
  });
});

describe('log show', () => {
  it('shows what the log holds in the end: a later append replaces what was behind its prefix', () => {
    const bytes = (text: string): Uint8Array => Buffer.from(text);
    const batch = (fromIdx: number, ...entries: string[]) =>
      ({
        kind: 'record',
        record: {
          kind: 'batch',
          operations: [{ kind: 'appendOnPrefix', fromIdx, entries: entries.map(bytes) }],
        },
        state: undefined,
      }) as unknown as InspectedItem;
    const items = [batch(0, 'a', 'b', 'c'), batch(1, 'x'), batch(2, 'y', 'z')];
    const shown = (fromIdx: number, toIdx: number): string[] =>
      gatherLog(items, { fromIdx, toIdx }).entries.map(
        (entry) => `${entry.index}${Buffer.from(entry.bytes).toString()}`,
      );
    expect(shown(0, 99)).toEqual(['0a', '1x', '2y', '3z']);
    expect(shown(1, 3)).toEqual(['1x', '2y']);
  });
});

describe('an error', () => {
  it('that nobody foresaw is ours, has no stack trace, and is not hidden', () => {
    const error = toOmnikvError(new TypeError('x is not a function'));
    expect(error).toMatchObject({ code: 'OMNIKV_INTERNAL', exit: 1 });
    expect(error.message).toBe('TypeError: x is not a function');
  });

  it('of the system is an I/O error', () => {
    const thrown = Object.assign(new Error('EACCES: permission denied'), { syscall: 'open' });
    expect(toOmnikvError(thrown)).toMatchObject({ code: 'OMNIKV_IO', exit: 74 });
  });

  it('that names a node has commands for that node', () => {
    const error = new OmnikvError('OMNIKV_NODE_DOWN', 'node 2 does not run');
    expect(toOmnikvError(error).suggestions).toEqual(['omnikv recover 2 brings it back.']);
  });
});
