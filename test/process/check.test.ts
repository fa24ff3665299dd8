/** `omnikv check` on files and on standard input: verdicts, exit statuses, files that are no history. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HISTORY_HEADER } from '../../src/core/checker/index.js';
import { envelopeOf, runCli, type CliResult } from '../support/cli.js';

const directory = mkdtempSync(join(tmpdir(), 'omnikv-check-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const put = (value: number) => ({
  operation: { kind: 'put', key: 'x', value: { kind: 'u64', value: String(value) } },
  result: { kind: 'stored' },
});
const get = (value: number) => ({
  operation: { kind: 'get', key: 'x' },
  result: { kind: 'value', value: { kind: 'u64', value: String(value) } },
});
const during = (call: number, end: number, what: object) => ({
  client: 1,
  call,
  return: end,
  ...what,
});

const GOOD = [during(0, 1, put(1)), during(2, 5, put(2)), during(3, 4, get(1))];
const STALE = [during(0, 1, put(1)), during(2, 3, put(2)), during(4, 5, get(1))];

function textOf(lines: readonly object[]): string {
  return [HISTORY_HEADER, ...lines.map((line) => JSON.stringify(line)), ''].join('\n');
}

async function check(text: string, ...flags: readonly string[]): Promise<CliResult> {
  writeFileSync(join(directory, 'h.ndjson'), text);
  const options = { cwd: directory, process: 'shared' } as const;
  return await runCli(['check', 'h.ndjson', ...flags], options);
}

describe('omnikv check', () => {
  it('U10: is 0 and VALID where an order explains every answer', async () => {
    const { status, stdout } = await check(textOf(GOOD));
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: 'VALID: 3 operations on 1 key, 0 of unknown outcome\n',
    });
    const json = envelopeOf(await check(textOf(GOOD), '--json'));
    expect(json).toEqual({ ok: true, verdict: 'valid', operations: 3, keys: 1, unknown: 0 });
  });

  it('U10: is 1 and INVALID for a stale read, and shows which operations disagree', async () => {
    const { status, stdout, stderr } = await check(textOf(STALE));
    expect(status).toBe(1);
    expect(stdout).toMatch(/^INVALID: key "x"/);
    expect(stdout).toMatch(/^1 +\d+ +\d+ +get → 1$/m);
    expect(stderr).toContain('OMNIKV_NOT_LINEARIZABLE');
    const json = envelopeOf(await check(textOf(STALE), '--json'));
    expect(json).toMatchObject({ ok: false, verdict: 'invalid', key: 'x' });
    expect(json.window).toContainEqual(STALE[2]);
  });

  it('U10: is 2 and UNDECIDED where the time is over', async () => {
    // Increments that nobody can tell apart by their answers: far too many orders for a millisecond.
    const unknown = Array.from({ length: 40 }, (_, i) => ({
      client: i,
      call: 0,
      operation: { kind: 'increment', key: 'x', by: String(2 ** i) },
    }));
    const last = during(1, 2, get(7 + 2 ** 39));
    const impossible = during(3, 4, get(5));
    const text = textOf([...unknown, last, impossible]);
    const answer = envelopeOf(await check(text, '--timeout', '1ms', '--json'));
    expect([1, 2]).toContain(answer.error?.exit);
    expect(answer.verdict).toBe(answer.error?.exit === 2 ? 'undecided' : 'invalid');
  });

  it('leaves out half a line at the end, which a recorder that was killed may leave', async () => {
    const half = JSON.stringify(GOOD[2]).slice(0, 40);
    const { status, stdout, stderr } = await check(textOf(GOOD.slice(0, 2)) + half);
    expect(status).toBe(0);
    expect(stdout).toContain('2 operations');
    expect(stderr).toContain('the last line is cut off');
    expect((await check(textOf(GOOD).trimEnd())).stdout).toContain('3 operations');
  });

  it('reads standard input where it is told to', async () => {
    const { status } = await runCli(['check', '-'], { input: textOf(GOOD) });
    expect(status).toBe(0);
  });

  it.each([
    ['', 1],
    ['{"format":"omnikv-history","version":2}\n', 1],
    ['key 5\n', 1],
    [`${HISTORY_HEADER}\n{"id":1,"return":5}\n`, 2],
    [`${HISTORY_HEADER}\n\nnull\n`, 3],
    ['\u0000\u0001\n', 1],
  ])('is 65 for what is no history: %j', async (text, line) => {
    const { error } = envelopeOf(await check(text, '--json'));
    expect(error).toMatchObject({ code: 'OMNIKV_INVALID_HISTORY', exit: 65 });
    expect(error?.message).toContain(`"h.ndjson", line ${line}: `);
  });

  it.each([['missing.ndjson'], ['.']])('is 64 for %s, which cannot be read', async (file) => {
    const options = { cwd: directory, process: 'shared' } as const;
    const { error } = envelopeOf(await runCli(['check', file, '--json'], options));
    expect(error?.exit).toBe(64);
  });
});
