/**
 * omnikv shell on real nodes: with -c, from a pipe, and at a terminal.
 */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUN_JS, cliEnvironment } from '../support/cli.js';
import { TempCluster } from '../support/temp-cluster.js';

const cluster = new TempCluster();
afterAll(async () => await cluster.dispose());
beforeAll(async () => {
  await cluster.ok('init', '--nodes', '3');
  await cluster.ok('start');
});

describe('omnikv shell without a terminal', () => {
  it('runs what -c says, and prints what the commands print', async () => {
    const line = `put a 1; incr a 4; get a; put t 'hello world' --text; get t; del a none`;
    expect(await cluster.ok('shell', '-c', line)).toBe('5\n5\nhello world\n1');
    expect(await cluster.ok('get', 't')).toBe('hello world');
  });

  it('reads a pipe without prompts, comments and blank lines left out', async () => {
    const input = '# a comment\n\nput p 7\nget p # the same\nhelp get\nexit\nput p 8\n';
    const { status, stdout, stderr } = await cluster.run(['shell'], { input });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^7\nget KEY/);
    expect(await cluster.ok('get', 'p')).toBe('7');
  });

  it('says where a line is wrong, goes on, and ends with that status', async () => {
    const input = `put q 1\nput q "open\nfrobnicate q\nget none\nget q\n`;
    const { status, stdout, stderr } = await cluster.run(['shell'], { input });
    expect(stdout).toBe('1\n');
    expect(stderr).toContain('line 2, column 7');
    expect(stderr).toContain('line 3, column 1');
    expect(stderr).toContain('OMNIKV_KEY_NOT_FOUND');
    expect(status).not.toBe(0);
  });

  it('writes one object an operation under --json, and the envelope last', async () => {
    const { stdout, status } = await cluster.run(['shell', '--json', '-c', 'put j 1; get j']);
    const lines = stdout.trim().split('\n');
    const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(status).toBe(0);
    expect(objects).toHaveLength(3);
    expect(objects[1]).toMatchObject({ line: 1, ok: true, value: { kind: 'u64', value: '1' } });
    expect(objects[2]).toMatchObject({ ok: true });
  });
});

/** A shell at a terminal, which `script` lends it. */
class Terminal {
  readonly #child;
  #seen = '';

  constructor(state: string) {
    const command = `"${process.execPath}" "${RUN_JS}" shell --dir "${cluster.directory}"`;
    this.#child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...cliEnvironment({ XDG_STATE_HOME: state }), TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdout.on('data', (chunk: Buffer) => (this.#seen += chunk.toString()));
  }

  /** Waits for the text in what came since the last wait. */
  async shows(text: string): Promise<void> {
    const deadlineMs = performance.now() + 20_000;
    while (!this.#seen.includes(text)) {
      if (performance.now() > deadlineMs) throw new Error(`no ${text} in ${this.#seen}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    this.#seen = this.#seen.slice(this.#seen.indexOf(text) + text.length);
  }

  types(text: string): void {
    this.#child.stdin.write(text);
  }

  async status(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    return await new Promise((resolve) => this.#child.on('close', resolve));
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}

describe.skipIf(!existsSync('/usr/bin/script'))('omnikv shell at a terminal', () => {
  const state = cluster.path('state');
  it('answers, completes, abandons a line, keeps its history private, and leaves', async () => {
    rmSync(state, { recursive: true, force: true });
    const terminal = new Terminal(state);
    try {
      await terminal.shows('omnikv> ');
      terminal.types('put typed-key 41\r');
      await terminal.shows('omnikv> ');
      terminal.types('inc\t');
      await terminal.shows('incr ');
      terminal.types('typed\t');
      await terminal.shows('typed-key');
      terminal.types('\r');
      await terminal.shows('42');
      terminal.types('put typed-key 0');
      await terminal.shows('put typed-key 0');
      terminal.types('\x03');
      await terminal.shows('^C');
      await terminal.shows('omnikv> ');
      terminal.types(' get typed-key\r');
      await terminal.shows('42');
      await terminal.shows('omnikv> ');
      terminal.types('\x04');
      expect(await terminal.status()).toBe(0);
      const path = `${state}/omnikv/history`;
      expect(readFileSync(path, 'utf8')).toBe('put typed-key 41\nincr typed-key \n');
      expect(statSync(path).mode & 0o777).toBe(0o600);
    } finally {
      terminal.end();
    }
  });

  it('outlives a restart of the whole cluster', async () => {
    const terminal = new Terminal(state);
    try {
      await terminal.shows('omnikv> ');
      terminal.types('put lasting 5\r');
      await terminal.shows('omnikv> ');
      await cluster.ok('restart');
      terminal.types('get lasting\r');
      await terminal.shows('5');
      await terminal.shows('omnikv> ');
      terminal.types('exit\r');
      expect(await terminal.status()).toBe(0);
    } finally {
      terminal.end();
    }
  });
});
