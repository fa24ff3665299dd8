/**
 * Standard streams, signals, and what a command loads.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUN_JS, cliEnvironment, runCli } from '../support/cli.js';
import { TempCluster } from '../support/temp-cluster.js';

const cluster = new TempCluster('', { process: 'own' });
afterAll(async () => await cluster.dispose());
beforeAll(async () => {
  await cluster.ok('init', '--nodes', '1');
  await cluster.ok('start');
  await cluster.ok('put', 'key', '5');
});

describe('standard streams', () => {
  it('a closed pipe ends a command quietly', async () => {
    const script = `"${process.execPath}" "${RUN_JS}" explain | head -1`;
    const child = spawn('sh', ['-c', script], { env: cliEnvironment() });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.resume();
    await new Promise((resolve) => child.on('close', resolve));
    expect(stderr).toBe('');
  });

  it('standard input is not read unless - asks for it (U6)', async () => {
    // The pipe stays open: a command that read it would hang, or take the line for an argument.
    const child = spawn(process.execPath, [RUN_JS, 'put', 'key'], {
      cwd: cluster.directory,
      env: cliEnvironment(),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.write('7\n');
    const status = await new Promise((resolve) => child.on('exit', resolve));
    child.stdin.destroy();
    expect(status).toBe(64);
    expect(await cluster.ok('get', 'key')).toBe('5');
  });

  it('no colour and no spinner where no terminal reads (U8)', async () => {
    const result = await runCli(['get', 'missing'], {
      cwd: cluster.directory,
      environment: { NO_COLOR: '' },
    });
    expect(result.stderr).not.toContain('\u001b');
  });

  it('help goes to standard output, exit 0, for -h, --help and help', async () => {
    for (const args of [['put', '-h'], ['put', '--help'], ['help', 'put'], ['--help'], []]) {
      const result = await runCli(args);
      expect([result.status, result.stderr]).toEqual([0, '']);
      expect(result.stdout).toContain('USAGE');
    }
  });

  it('logs are one JSON object a line under --json', async () => {
    const result = await cluster.run(['logs', '1', '--json', '-n', '3']);
    const lines = result.stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ node: 1 });
    expect((await cluster.run(['logs'])).stdout).toMatch(/^\S+ node1 /m);
  });
});

describe('Ctrl-C', () => {
  async function interrupt(args: readonly string[], ready: RegExp | number) {
    const child = spawn(process.execPath, [RUN_JS, ...args], {
      cwd: cluster.directory,
      env: cliEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const isReady = new Promise<void>((resolve) => {
      const look = (chunk: Buffer): void => {
        output += chunk.toString();
        if (ready instanceof RegExp && ready.test(output)) resolve();
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      if (typeof ready === 'number') setTimeout(resolve, ready);
    });
    await isReady;
    child.kill('SIGINT');
    const status = await new Promise((resolve) => child.on('close', resolve));
    return { status, output };
  }

  it('ends a waiting command with 130', async () => {
    const result = await interrupt(['wait', '--for', 'node=1:down', '--timeout', '30s'], /waiting/);
    expect(result.output).toContain('OMNIKV_INTERRUPTED');
    expect(result.status).toBe(130);
  });

  it('ends logs -f with 130', async () => {
    expect((await interrupt(['logs', '-f'], /node1/)).status).toBe(130);
  });

  it('stops the nodes of start --foreground', async () => {
    await cluster.ok('stop');
    const result = await interrupt(['start', '--foreground'], /nodes run/);
    expect(result.status).toBe(0);
    expect(cluster.livingProcesses()).toEqual([]);
    await cluster.ok('start');
  });
});

describe('start-up', () => {
  it.each([
    ['put', 'key', '5'],
    ['get', 'key'],
    ['incr', 'n'],
    ['cas', 'key', '5', '5'],
    ['del', 'none'],
  ])(
    '%s in its plain form loads the one file of the short path, and no package',
    async (...args) => {
      const directory = mkdtempSync(join(tmpdir(), 'omnikv-loads-'));
      try {
        const environment = { NODE_V8_COVERAGE: directory };
        const result = await cluster.run(args, { environment });
        expect(result.status).toBe(0);
        const files = readdirSync(directory).map((name) => readFileSync(join(directory, name)));
        const report = Buffer.concat(files).toString();
        expect(report).toContain('/dist/short-path.js');
        expect(report).not.toMatch(/node_modules|\/dist\/core\//);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  );
});
