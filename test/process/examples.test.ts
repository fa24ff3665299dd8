/**
 * Every command has a summary and at least two examples, and every example does what it shows.
 */

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HISTORY_HEADER } from '../../src/core/checker/index.js';
import { RUN_JS, cliEnvironment } from '../support/cli.js';
import { TempCluster } from '../support/temp-cluster.js';

interface CommandManifest {
  readonly id: string;
  readonly summary?: string;
  readonly examples?: readonly string[];
}

const manifestPath = fileURLToPath(new URL('../../oclif.manifest.json', import.meta.url));
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as {
  readonly commands: Readonly<Record<string, CommandManifest>>;
};
const commands = Object.values(manifest.commands);

/** What an example needs first, and how it ends where that is not 0. */
const SPECIAL: Readonly<Record<string, { before?: readonly string[][]; status?: number }>> = {
  'omnikv put key 6 --if-version 12': { status: 5 },
  'omnikv wait --for node=2:down': { before: [['crash', '2']] },
  'omnikv recover 2': { before: [['crash', '2']] },
  'omnikv recover': { before: [['crash', '2']] },
  'omnikv start': { before: [['stop']] },
  'omnikv start 2 --no-wait': { before: [['stop', '2']] },
  'omnikv start --foreground': { before: [['stop']] },
  'omnikv init --nodes 3': { before: [['destroy', '--yes']] },
  'omnikv destroy --yes --dir lab': { before: [['init', '--dir', 'lab']] },
};

const cluster = new TempCluster();
let bin: string;

beforeAll(() => {
  bin = cluster.path('bin');
  mkdirSync(bin);
  symlinkSync(RUN_JS, `${bin}/omnikv`);
  writeFileSync(cluster.path('operations.txt'), 'put batched 1\nincr batched\nget batched\n');
  writeFileSync(cluster.path('operations.ndjson'), '{"op":"put","key":"batched","value":5}\n');
  writeFileSync(cluster.path('history.ndjson'), `${HISTORY_HEADER}\n`);
});
afterAll(async () => await cluster.dispose());

/** What the last example may have left otherwise than the next one needs it. */
const CHANGES_NODES = /^(crash|cut|destroy|init|isolate|link|pause|scenario|split|stop)$/;
const CHANGES_KEYS = /^(cas|del|put)$/;

let areNodesReady = false;
let areKeysReady = false;

/** Three running nodes and the keys that the examples speak of. */
async function prepare(): Promise<void> {
  if (!areNodesReady) await cluster.run(['resume']);
  if (!areNodesReady) await cluster.run(['heal']);
  if (!areNodesReady && (await cluster.run(['start'])).status !== 0) {
    await cluster.ok('init', '--nodes', '3');
    await cluster.ok('start');
    areKeysReady = false;
  }
  if (!areKeysReady) {
    await cluster.ok('put', 'key', '5');
    await cluster.ok('put', 'greeting', 'hello', '--text');
  }
  areNodesReady = true;
  areKeysReady = true;
}

/** A line that no shell needs to read: words and quotes, one command, no foreground. */
const PLAIN_LINE = /^omnikv (?!.*--foreground)[^|&;<>$"]*$/;

async function runExample(line: string): Promise<{ status: number | null; output: string }> {
  if (!PLAIN_LINE.test(line)) return await runShell(line);
  const words = [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
  const { status, stdout, stderr } = await cluster.run(words.slice(1));
  return { status, output: stdout + stderr };
}

async function runShell(line: string): Promise<{ status: number | null; output: string }> {
  const isForeground = line.includes('--foreground');
  const child = spawn('sh', ['-c', isForeground ? `exec ${line}` : line], {
    cwd: cluster.directory,
    env: cliEnvironment({ PATH: `${bin}:${process.env.PATH ?? ''}` }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    const wasUp = output.includes('nodes run');
    output += chunk.toString();
    // Ctrl-C once: a second one would not wait for the nodes.
    if (isForeground && !wasUp && output.includes('nodes run')) child.kill('SIGINT');
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, output };
}

describe.each(commands)('$id', (command) => {
  const examples = (command.examples ?? []).map((example) =>
    example.replaceAll('<%= config.bin %>', 'omnikv'),
  );

  it('has a summary and at least two examples (U9)', () => {
    expect(command.summary).toMatch(/^[A-Z].*\.$/);
    expect(examples.length).toBeGreaterThanOrEqual(2);
  });

  describe('examples', () => {
    beforeEach(prepare);
    it.each(examples)('%s', async (example) => {
      const special = SPECIAL[example] ?? {};
      areNodesReady = special.before === undefined && !CHANGES_NODES.test(command.id);
      areKeysReady = !CHANGES_KEYS.test(command.id);
      for (const args of special.before ?? []) await cluster.ok(...args);
      const { status, output } = await runExample(example);
      expect(status, output).toBe(special.status ?? 0);
    });
  });
});
