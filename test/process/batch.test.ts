/**
 * omnikv batch on real nodes: what it answers, its exit statuses, its streams, faults under way.
 */

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUN_JS, cliEnvironment } from '../support/cli.js';
import { TempCluster } from '../support/temp-cluster.js';

const cluster = new TempCluster();
afterAll(async () => await cluster.dispose());
beforeAll(async () => {
  await cluster.ok('init', '--nodes', '3');
  await cluster.ok('start');
});

interface Answered {
  readonly line: number;
  readonly column?: number;
  readonly ok: boolean;
  readonly outcome: string;
  readonly value?: { readonly kind: string; readonly value: string };
  readonly error?: { readonly code: string; readonly exit: number };
  readonly [field: string]: unknown;
}

async function batch(input: string | Uint8Array, ...args: readonly string[]) {
  const result = await cluster.run(['batch', ...args], { input });
  const answers = result.stdout.split('\n').slice(0, -1);
  return { ...result, answers: answers.map((line) => JSON.parse(line) as Answered) };
}

function spawnBatch(args: readonly string[] = []) {
  return spawn(process.execPath, [RUN_JS, 'batch', ...args], {
    cwd: cluster.directory,
    env: cliEnvironment(),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

describe('omnikv batch', () => {
  it('answers every operation in the order of the lines, words and objects alike', async () => {
    const lines = [
      'put b1 18446744073709551615',
      '# a comment, and a blank line',
      '',
      `put 'b 2' 'hello world' --text`,
      '{"op":"put","key":"b3","value":{"kind":"bytes","value":"aGVsbG8="}}',
      'incr b4 41',
      'incr b4',
      'cas b4 42 43',
      'get b1',
      'get "b 2"',
      'get b3',
      'scan b --keys --limit 2',
      'del b1 "b 2" none',
      'get b1 --default X',
    ];
    const { status, answers, stderr } = await batch(lines.join('\n'));
    expect([status, stderr]).toEqual([0, '']);
    expect(answers.map(({ line }) => line)).toEqual([1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(answers.every(({ ok, outcome }) => ok && outcome === 'ok')).toBe(true);
    expect(answers.map(({ value }) => value?.value)).toEqual([
      ...[undefined, undefined, undefined, '41', '42', '43'],
      ...['18446744073709551615', 'hello world', 'aGVsbG8=', undefined, undefined, undefined],
    ]);
    expect(answers[9]).toMatchObject({ items: [{ key: 'b 2' }, { key: 'b1' }] });
    expect(answers[10]).toMatchObject({ op: 'del', keys: ['b1', 'b 2', 'none'], count: 2 });
    expect(answers[11]).toMatchObject({ value: null, default: 'X' });
  });

  it('goes on behind what fails, and has the status of it', async () => {
    const missing = await batch('get none\nput c 1\nget nothing\n');
    expect(missing.status).toBe(4);
    expect(missing.answers.map(({ ok }) => ok)).toEqual([false, true, false]);
    expect(missing.stderr).toContain('OMNIKV_KEY_NOT_FOUND 1 of 3 operations done, 2 failed');
    const bad = await batch(`put c 1\nput c 'x\nput c 1 --if-absent\n`);
    expect(bad.status).toBe(1);
    expect(bad.answers[1]).toMatchObject({ line: 2, column: 7, error: { exit: 64 } });
    expect(bad.answers[2]).toMatchObject({ error: { exit: 5 }, actual: { value: '1' } });
    expect((await batch(Buffer.from([0x67, 0xff, 0x0a]))).status).toBe(64);
  });

  it('under --json ends with the envelope', async () => {
    const { status, answers } = await batch('put d 1\nget none\n', '--json');
    expect(status).toBe(4);
    expect(answers[2]).toMatchObject({ ok: false, operations: 2, done: 1, failed: 1 });
    const good = await batch('put d 1\n', '-', '--json');
    expect(good.answers[1]).toEqual({ ok: true, operations: 1, done: 1, failed: 0, unknown: 0 });
  });

  it('reads a file, and says so where there is none', async () => {
    writeFileSync(cluster.path('many.txt'), 'incr many\n'.repeat(300));
    expect((await cluster.run(['batch', 'many.txt', '--concurrency', '256'])).status).toBe(0);
    expect(await cluster.ok('get', 'many')).toBe('300');
    const missing = await cluster.run(['batch', 'nowhere.txt']);
    expect([missing.status, missing.stdout]).toEqual([64, '']);
    expect(missing.stderr).toContain('there is no such file');
    const wrong = await cluster.run(['batch', 'many.txt', '--concurrency', '0']);
    expect(wrong.status).toBe(64);
    expect(wrong.stderr).toContain('omnikv batch --concurrency 64');
  });

  it('keeps order per key and loses nothing while the leader is killed', async () => {
    const child = spawnBatch(['--timeout', '20s']);
    child.stdin.on('error', () => undefined);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const ended = new Promise((resolve) => child.on('close', resolve));
    const lines = Array.from({ length: 4_000 }, (_, at) => `put k${at % 50} ${at}\nincr sum\n`);
    child.stdin.write(lines.slice(0, 2_000).join(''));
    await cluster.ok('crash', 'leader');
    child.stdin.end(lines.slice(2_000).join(''));
    expect(await ended).toBe(0);
    const answers = Buffer.concat(chunks).toString().split('\n').slice(0, -1);
    expect(answers).toHaveLength(8_000);
    expect(await cluster.ok('get', 'sum')).toBe('4000');
    for (const key of [0, 49]) expect(await cluster.ok('get', `k${key}`)).toBe(`${3_950 + key}`);
    await cluster.ok('recover');
  });

  it('works with values that together are more than a connection holds', async () => {
    const keys = Array.from({ length: 12 }, (_, at) => `large${at}`);
    const value = 'x'.repeat(1_000_000);
    const puts = keys.map((key) => `put ${key} ${value} --text\n`);
    const gets = keys.map((key) => `get ${key}\n`);
    const { status, answers } = await batch([...puts, ...gets].join(''), '--concurrency', '256');
    expect(status).toBe(0);
    expect(answers).toHaveLength(24);
    expect(answers.at(-1)?.value?.value).toBe(value);
    await cluster.ok('del', ...keys);
  });

  it('stops between operations on Ctrl-C, and says what was done', async () => {
    const child = spawnBatch();
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.stdin.write('put e 1\n');
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
        if (stdout.includes('\n')) resolve();
      });
    });
    // Standard input stays open: only the signal ends it.
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(stderr).toContain('OMNIKV_INTERRUPTED 1 of 1 operations done');
    expect(stdout).toContain('"ok":true');
  });

  it('ends where the reader of its answers goes away, and does not say that all was done', async () => {
    writeFileSync(cluster.path('long.txt'), 'get e\n'.repeat(200_000));
    const script = `"${process.execPath}" "${RUN_JS}" batch long.txt | head -1`;
    const child = spawn('bash', ['-o', 'pipefail', '-c', script], {
      cwd: cluster.directory,
      env: cliEnvironment(),
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.resume();
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(130);
    expect(stderr).toMatch(/OMNIKV_INTERRUPTED \d+ of \d+ operations done/);
  });

  it('does not go through a million lines while no cluster answers', async () => {
    await cluster.ok('stop');
    const { status, stderr, answers } = await batch('get e\n'.repeat(50_000));
    expect(status).toBe(69);
    expect(answers.length).toBeLessThan(5_000);
    expect(stderr).toContain('did not answer');
    expect(stderr).toContain('omnikv start');
    await cluster.ok('start');
  });
});
