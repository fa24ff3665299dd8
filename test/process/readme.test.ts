/**
 * The README is true: every omnikv command in it runs, in order, in one fresh cluster, and prints
 * what stands below it. `…` stands for what differs from run to run. The library example compiles
 * and runs as it is printed.
 */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT, readRoot } from '../style/sources.js';
import { TempCluster } from '../support/temp-cluster.js';

/** Blocks of one language, in order. */
function blocksOf(language: string): readonly string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm');
  return [...readRoot('README.md').matchAll(pattern)].map(([, block]) => block ?? '');
}

interface Example {
  readonly line: string;
  readonly expected: readonly string[];
}

/** `$ ` begins a command; the lines below it are what it prints. */
function examplesOf(block: string): readonly Example[] {
  const parts = block.split(/^\$ /m).slice(1);
  return parts.map((part) => {
    const [line = '', ...expected] = part.trimEnd().split('\n');
    return { line, expected };
  });
}

/** Words of a command line; quotes keep words together. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

function matches(line: string, pattern: string): boolean {
  const parts = pattern.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(line);
}

/** The first block, the job itself, as a user runs it: one process a command. */
function processOf(block: number): 'own' | 'shared' {
  return block === 0 ? 'own' : 'shared';
}

describe('README.md', () => {
  const cluster = new TempCluster();
  afterAll(async () => await cluster.dispose());

  const examples = blocksOf('console').flatMap((block, index) =>
    examplesOf(block).map((example) => ({ ...example, process: processOf(index) })),
  );

  it('shows commands', () => expect(examples.length).toBeGreaterThan(20));

  it.each(examples)('$line', async ({ line, expected, process }) => {
    for (const command of line.split(' && ')) {
      const [name, ...args] = wordsOf(command);
      expect(name).toBe('omnikv');
      const result = await cluster.run(args, { process });
      expect(result.status, `${command}\n${result.stdout}${result.stderr}`).toBe(0);
      const printed = result.stdout.replace(/\n$/, '').split('\n');
      if (expected.length === 0) continue;
      const agrees = printed.length === expected.length;
      const isAsShown = agrees && printed.every((text, i) => matches(text, expected[i] ?? ''));
      expect(isAsShown, `${command} printed:\n${printed.join('\n')}`).toBe(true);
    }
  });

  it('leaves nothing running', () => expect(cluster.livingProcesses()).toEqual([]));

  it('has a library example that compiles and runs as printed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'omnikv-readme-'));
    try {
      mkdirSync(join(directory, 'node_modules'));
      symlinkSync(ROOT, join(directory, 'node_modules', 'omnikv'));
      symlinkSync(join(ROOT, 'node_modules', '@types'), join(directory, 'node_modules', '@types'));
      const [example = ''] = blocksOf('ts');
      writeFileSync(join(directory, 'example.ts'), example);
      writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
      const run = promisify(execFile);
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      const options = '--strict --target es2023 --module nodenext --types node --skipLibCheck';
      const compile = [tsc, ...options.split(' '), 'example.ts'];
      await run(process.execPath, compile, { cwd: directory }).catch((error: unknown) => {
        throw new Error((error as { readonly stdout: string }).stdout);
      });
      const { stdout } = await run(process.execPath, ['example.js'], { cwd: directory });
      expect(stdout).toContain("kind: 'decided'");
      expect(stdout).toContain("key: 'answer', value: 42n");
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
