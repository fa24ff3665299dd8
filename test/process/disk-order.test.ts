/**
 * What a real node asks of the kernel, in order: write, fdatasync, and only then the answer; a
 * rename, and only then what relies on it (D15, D16, D18).
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';

import { ServerCluster } from '../support/server-process.js';

const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;
if (!canTrace) process.stdout.write('left out: the order of system calls needs strace\n');

const CALLS = 'pwrite64,fdatasync,fsync,rename,write,writev,sendto,sendmsg';

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
async function tracedRun(directory: string, keys: readonly string[]): Promise<readonly Call[]> {
  const output = join(directory, 'trace');
  const cluster = await ServerCluster.init(join(directory, 'cluster'), 1);
  const strace = ['strace', '-f', '-y', '-s', '512', '-e', `trace=${CALLS}`, '-e', 'signal=none'];
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

it.runIf(canTrace)(
  'a node answers only after the fdatasync that follows its write (D15), and uses a file only after its directory is synced (D18)',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'omnikv-order-'));
    const keys = Array.from({ length: 12 }, (_, i) => `needle-${i}.`);
    try {
      const calls = await tracedRun(directory, keys);
      for (const key of keys) {
        const write = calls.find((call) => call.name === 'pwrite64' && call.text.includes(key));
        if (write === undefined) throw new Error(`${key} was never written`);
        expect(isSegment(write)).toBe(true);
        const after = calls.filter((call) => call.start > write.start);
        const sync = after.find((call) => call.name === 'fdatasync' && isSegment(call));
        const answer = after.find(isSocket);
        if (sync === undefined || answer === undefined)
          throw new Error(`${key}: no sync, or no answer`);
        expect(sync.start, key).toBeGreaterThan(write.end);
        expect(sync.text, key).toMatch(/\) += 0$/);
        expect(answer.start, key).toBeGreaterThan(sync.end);
      }
      const rename = calls.find(({ name, text }) => name === 'rename' && text.includes('.seg.tmp'));
      if (rename === undefined) throw new Error('the tail was not written anew');
      const before = calls.filter(
        (call) => call.end < rename.start && call.text.includes('.seg.tmp>'),
      );
      expect(before.map(({ name }) => name)).toEqual(['pwrite64', 'fdatasync']);
      const after = calls.filter((call) => call.start > rename.end);
      const synced = after.find(({ name, text }) => name === 'fsync' && text.includes('/log>'));
      const used = after.find(
        (call) => isSocket(call) || (call.name === 'pwrite64' && isSegment(call)),
      );
      expect(synced?.end).toBeLessThan(used?.start ?? 0);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
);
