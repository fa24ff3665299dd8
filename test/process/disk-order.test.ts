/**
 * What a real node asks of the kernel, in order: a write that ends on the disk, or a write and its
 * fdatasync, and only then the answer; a rename, and only then what relies on it (D15, D16, D18).
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';

import { ServerCluster } from '../support/server-process.js';

const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;
if (!canTrace) process.stdout.write('left out: the order of system calls needs strace\n');

const CALLS = 'openat,pwrite64,fdatasync,fsync,rename,write,writev,sendto,sendmsg';

interface Call {
  readonly name: string;
  /** Descriptor and path, buffer, numbers: as strace prints them. */
  readonly text: string;
  /** Line numbers. */
  readonly start: number;
  readonly end: number;
}

/** Calls that returned no error; one that another thread interrupted is put together again. */
function callsOf(trace: string): readonly Call[] {
  const calls: Call[] = [];
  const unfinished = new Map<string, { name: string; text: string; start: number }>();
  trace.split('\n').forEach((line, number) => {
    const match = /^(\d+)\s+(?:(\w+)\((.*)|<\.\.\. (\w+) resumed>(.*))$/.exec(line);
    if (match === null) return;
    const [, thread = '', begun, text = '', resumed, rest = ''] = match;
    if (begun !== undefined && text.endsWith('<unfinished ...>')) {
      unfinished.set(thread, { name: begun, text, start: number });
      return;
    }
    if (/= -1 \w+ \(.*\)$/.test(line)) return;
    const first = resumed === undefined ? undefined : unfinished.get(thread);
    const name = begun ?? resumed ?? '';
    const whole = `${first?.text ?? ''}${begun === undefined ? rest : text}`;
    calls.push({ name, text: whole, start: first?.start ?? number, end: number });
  });
  return calls.sort((a, b) => a.start - b.start);
}

/** A one-node cluster: whatever it sends is an answer to the client. */
async function tracedRun(
  directory: string,
  { keys, nodeOptions }: { readonly keys: readonly string[]; readonly nodeOptions: string },
): Promise<readonly Call[]> {
  const output = join(directory, 'trace');
  const cluster = await ServerCluster.init(join(directory, 'cluster'), 1);
  const filters = [
    '-e',
    `trace=${CALLS}`,
    '-e',
    'signal=none',
    '-E',
    `NODE_OPTIONS=${nodeOptions}`,
  ];
  const strace = ['strace', '-f', '-y', '-s', '8192', ...filters];
  const traced = cluster.spawnUnder([...strace, '-o', output], 1);
  try {
    await vi.waitFor(() => expect(cluster.runFile(1)).toBeDefined(), { timeout: 20_000 });
    const client = cluster.client();
    for (const key of keys) expect(await client.increment(key, 1n)).toBe(1n);
    process.kill(cluster.runFile(1)?.osPid ?? 0, 'SIGTERM');
    expect(await traced.ended).toBe(0);
  } finally {
    const left = cluster.runFile(1)?.osPid;
    if (left !== undefined) process.kill(left, 'SIGKILL');
    await cluster.dispose();
  }
  return callsOf(readFileSync(output, 'utf8'));
}

const isSocket = ({ name, text }: Call): boolean =>
  ['write', 'writev', 'sendto', 'sendmsg'].includes(name) && /^\d+<(?:UNIX|socket)/.test(text);
const isSegment = ({ text }: Call): boolean => /^\d+<[^>]*\.seg>/.test(text);

/** Segments whose every write is on the disk when it ends (D32). */
function directSegments(calls: readonly Call[]): ReadonlySet<string> {
  const opened = calls.flatMap(({ name, text }) => {
    if (name !== 'openat' || !text.includes('O_DSYNC') || !text.includes('O_DIRECT')) return [];
    return [/"([^"]*)"/.exec(text)?.[1] ?? ''];
  });
  return new Set(opened);
}

/** The call whose end says that the write is on the disk. */
function durableBy(write: Call, calls: readonly Call[], isDirect: boolean): Call | undefined {
  if (isDirect) return write;
  return calls.find(
    (call) => call.start > write.end && call.name === 'fdatasync' && isSegment(call),
  );
}

const WAYS = [
  { way: 'a direct write', nodeOptions: '', isDirect: true },
  // Without WebAssembly there is no memory for direct writes.
  { way: 'a write and its fdatasync', nodeOptions: '--jitless', isDirect: false },
];

describe.runIf(canTrace).each(WAYS)('$way', ({ nodeOptions, isDirect }) => {
  it('a node answers only when the disk has it (D15), and uses a file only after its directory is synced (D18)', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'omnikv-order-'));
    const keys = Array.from({ length: 12 }, (_, i) => `needle-${i}.`);
    try {
      const calls = await tracedRun(directory, { keys, nodeOptions });
      expect([...directSegments(calls)].some((path) => path.endsWith('.seg'))).toBe(isDirect);
      for (const key of keys) {
        const write = calls.find((call) => call.name === 'pwrite64' && call.text.includes(key));
        if (write === undefined) throw new Error(`${key} was never written`);
        expect(isSegment(write)).toBe(true);
        const durable = durableBy(write, calls, isDirect);
        const answer = calls.find((call) => call.start > write.start && isSocket(call));
        if (durable === undefined || answer === undefined)
          throw new Error(`${key}: no sync, or no answer`);
        expect(durable.text, key).toMatch(isDirect ? /= \d+$/ : /\) += 0$/);
        expect(answer.start, key).toBeGreaterThan(durable.end);
      }
      const rename = calls.find(({ name, text }) => name === 'rename' && text.includes('.seg.tmp'));
      if (rename === undefined) throw new Error('the tail was not written anew');
      const before = calls.filter(
        (call) => call.end < rename.start && call.text.includes('.seg.tmp>'),
      );
      const made = before.filter(({ name }) => name !== 'openat');
      expect(made.map(({ name }) => name)).toEqual(['pwrite64', 'fdatasync']);
      const after = calls.filter((call) => call.start > rename.end);
      const synced = after.find(({ name, text }) => name === 'fsync' && text.includes('/log>'));
      const used = after.find(
        (call) => isSocket(call) || (call.name === 'pwrite64' && isSegment(call)),
      );
      expect(synced?.end).toBeLessThan(used?.start ?? 0);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
