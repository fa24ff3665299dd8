/**
 * Bad input at the command line: each case ends with an id, a cause and the next step, and nothing
 * is lost. No node needs to run for these.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { envelopeOf, runCli } from '../support/cli.js';
import type { CliOptions, CliResult } from '../support/cli.js';
import { TempCluster } from '../support/temp-cluster.js';

const cluster = new TempCluster();
afterAll(async () => await cluster.dispose());
beforeAll(async () => {
  await cluster.ok('init', '--nodes', '3');
});

interface Case {
  readonly args: readonly string[];
  readonly code: string;
  readonly status: number;
  readonly says?: RegExp;
}

const INVALID_VALUE = { code: 'OMNIKV_INVALID_VALUE', status: 64 };
const INVALID_KEY = { code: 'OMNIKV_INVALID_KEY', status: 64 };
const USAGE = { code: 'OMNIKV_USAGE', status: 64 };

const CASES: readonly Case[] = [
  { args: ['put', 'key', 'hello'], ...INVALID_VALUE, says: /--text/ },
  { args: ['put', 'key', '18446744073709551616'], ...INVALID_VALUE, says: /too large/ },
  { args: ['put', 'key', '-1'], ...INVALID_VALUE, says: /negative/ },
  { args: ['put', 'key', '-1', '--json'], ...INVALID_VALUE },
  { args: ['put', 'key', '007'], ...INVALID_VALUE, says: /zero/ },
  { args: ['put', 'key', '1.5'], ...INVALID_VALUE },
  { args: ['put', 'key', ''], ...INVALID_VALUE },
  { args: ['put', '', '5'], ...INVALID_KEY },
  { args: ['get', ''], ...INVALID_KEY },
  { args: ['put', 'k'.repeat(1025), '5'], ...INVALID_KEY, says: /1025 bytes/ },
  { args: ['put', 'k'.repeat(65_536), '5'], ...INVALID_KEY, says: /65536 bytes/ },
  { args: ['put', 'key'], ...USAGE, says: /needs a value/ },
  { args: ['put'], ...USAGE, says: /put needs KEY/ },
  { args: ['put', 'key', '5', '6'], ...USAGE, says: /too many arguments/ },
  { args: ['put', 'key', '5', '--txt'], ...USAGE, says: /no flag --txt/ },
  { args: ['put', 'key', '--file', 'no-such-file'], ...USAGE, says: /no such file/ },
  { args: ['put', 'key', '--file', '.'], ...USAGE, says: /directory/ },
  { args: ['put', 'key', '5', '--if-absent', '--if-version', '3'], ...USAGE },
  { args: ['put', 'key', '5', '--if-version', '-1'], ...USAGE },
  { args: ['get', 'key', '--timeout', '5'], ...USAGE, says: /5s/ },
  { args: ['get', 'key', '--timeout', '0s'], ...USAGE },
  { args: ['get', 'key', '--consistency', 'eventual'], ...USAGE },
  { args: ['get', 'key', '--node', '9'], code: 'OMNIKV_UNKNOWN_NODE', status: 64 },
  { args: ['crash', '9'], code: 'OMNIKV_UNKNOWN_NODE', status: 64, says: /9/ },
  { args: ['crash', 'two'], code: 'OMNIKV_UNKNOWN_NODE', status: 64 },
  { args: ['crash'], ...USAGE },
  { args: ['recover', '0'], code: 'OMNIKV_UNKNOWN_NODE', status: 64 },
  { args: ['start', '1,9'], code: 'OMNIKV_UNKNOWN_NODE', status: 64 },
  { args: ['init', '--nodes', '3'], code: 'OMNIKV_CLUSTER_EXISTS', status: 73 },
  { args: ['init', '--nodes', '0', '--dir', 'new'], ...USAGE },
  { args: ['init', '--nodes', '10', '--dir', 'new'], ...USAGE },
  { args: ['init', '--nodes', 'three', '--dir', 'new'], ...USAGE },
  { args: ['wait'], ...USAGE, says: /--for/ },
  { args: ['wait', '--for', 'spring'], ...USAGE },
  { args: ['wait', '--for', 'node=9:down'], code: 'OMNIKV_UNKNOWN_NODE', status: 64 },
  { args: ['destroy'], ...USAGE, says: /--yes/ },
  { args: ['explain', 'OMNIKV_NOTHING'], ...USAGE },
  { args: ['putt', 'key', '5'], ...USAGE, says: /no command/ },
  { args: ['status', 'now'], ...USAGE, says: /takes no argument/ },
  { args: ['get', 'key', '--dir', ''], ...USAGE },
  { args: ['get', 'key'], code: 'OMNIKV_UNREACHABLE', status: 69 },
  { args: ['put', 'key', '5'], code: 'OMNIKV_UNREACHABLE', status: 69 },
  { args: ['crash', 'leader'], code: 'OMNIKV_NO_QUORUM', status: 69 },
];

// Each case is a process of its own and no node runs: several at once.
describe('bad input', () => {
  it.concurrent.each(CASES)('$args → $code', async ({ args, code, status, says }) => {
    const plain = await cluster.run(args.filter((word) => word !== '--json'));
    expect(plain.stderr).toContain(code);
    expect(plain.stderr).toMatch(/\n {2}try: ./);
    expect(plain.status).toBe(status);
    expect(plain.stdout).toBe('');
    // No stack trace, no internals, no home directory.
    expect(plain.stderr).not.toMatch(/ {4}at |node_modules|file:\/\//);
    expect(plain.stderr).not.toContain(`${homedir()}/`);
    expect(plain.stderr.length).toBeLessThan(1_000);
    if (says !== undefined) expect(plain.stderr).toMatch(says);
    if (args.includes('--json')) {
      const envelope = envelopeOf(await cluster.run(args));
      expect(envelope.ok).toBe(false);
      expect(envelope.error).toMatchObject({ code, exit: status });
      expect(envelope.error?.suggestions).not.toEqual([]);
    }
  });

  it('gives one envelope and the same exit status under --json for every kind of error (U10)', async () => {
    for (const args of [['put'], ['putt'], ['put', 'k', '5', '--x'], ['get', 'k'], ['init']]) {
      const plain = await cluster.run(args, { process: 'own' });
      const json = await cluster.run([...args, '--json'], { process: 'own' });
      expect(json.status).toBe(plain.status);
      expect(json.stderr).toBe('');
      expect(envelopeOf(json)).toMatchObject({ ok: false, error: { exit: plain.status } });
    }
  });

  it('suggests a near command and runs nothing', async () => {
    const near = await cluster.run(['destory', '--yes']);
    expect(near.stderr).toContain('try: omnikv destroy');
    expect(near.status).toBe(64);
    expect((await cluster.run(['status'])).status).toBe(69);
  });
});

async function runShared(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return await runCli(args, { process: 'shared', ...options });
}

describe('a directory that is no cluster', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'omnikv-none-'));
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it.each([
    ['status'],
    ['start'],
    ['get', 'key'],
    ['destroy', '--yes'],
    ['log', 'verify'],
    ['config', 'validate'],
  ])('is said to be none: %s %s', async (...args) => {
    const result = await runShared(args, { cwd: root });
    expect(result.status).toBe(64);
    expect(result.stderr).toContain('OMNIKV_NOT_A_CLUSTER');
    expect(result.stderr).toContain('omnikv init');
  });

  it('named by --dir or OMNIKV_DIR is not searched upwards', async () => {
    mkdirSync(cluster.path('below'), { recursive: true });
    const below = cluster.path('below');
    expect((await runShared(['status'], { cwd: below })).status).toBe(69);
    const named = await runShared(['status', '--dir', below], { cwd: root });
    expect(named.stderr).toContain('OMNIKV_NOT_A_CLUSTER');
    const environment = { OMNIKV_DIR: cluster.directory };
    expect((await runCli(['status'], { cwd: root, environment })).status).toBe(69);
    const missing = await runShared(['status', '--dir', join(root, 'missing')], {});
    expect(missing.stderr).toContain('OMNIKV_NOT_A_CLUSTER');
  });

  it('may hold other files when init makes a cluster in it, and destroy leaves them', async () => {
    writeFileSync(join(root, 'mine.txt'), 'mine');
    expect((await runShared(['init', '--nodes', '1'], { cwd: root })).status).toBe(0);
    expect((await runShared(['destroy', '--yes'], { cwd: root })).status).toBe(0);
    const ls = await runShared(['status'], { cwd: root });
    expect(ls.stderr).toContain('OMNIKV_NOT_A_CLUSTER');
    writeFileSync(join(root, 'mine.txt'), 'still mine', { flag: 'r+' });
  });
});
