/**
 * The hunt: how many seeds of the simulator does each mutant of the bug bank need to be noticed?
 *
 * Each mutant is compiled aside, into reports/bugbank, and run over the seeds 1, 2, 3 …, which are
 * those of the simulator's own tests. A seed that fails on the source as it is proves nothing and is
 * passed over. With --write the seeds are recorded in test/bugbank/seeds.ts.
 *
 * npm run bugbank -- --cap 2000 --only 1,2,3 --minutes 5 --write
 */

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { readOptions } from './lab/options.js';

const options = readOptions({
  cap: 2_000,
  only: '',
  minutes: 10,
  workers: Math.max(1, Math.min(2, availableParallelism())),
  write: false,
});
const root = resolve(import.meta.dirname, '..');
const place = join(root, 'reports/bugbank');
const worker = join(import.meta.dirname, 'lab/hunt-seeds.js');

function compileAll(directory) {
  for (const entry of readdirSync(join(root, directory), { recursive: true })) {
    const file = join(directory, entry);
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    compile(file, readFileSync(join(root, file), 'utf8'), join(place, 'source'));
  }
}

function compile(file, text, to) {
  const { outputText } = ts.transpileModule(text, {
    fileName: file,
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      verbatimModuleSyntax: true,
    },
  });
  const path = join(to, file.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, outputText);
}

/** The place of a mutant: everything as it is, but for its edits. */
function prepare(mutant, applyEdits) {
  const directory = join(place, `mutant-${mutant.id}`);
  rmSync(directory, { recursive: true, force: true });
  cpSync(join(place, 'source/src'), join(directory, 'src'), { recursive: true });
  for (const file of new Set(mutant.edits.map((edit) => edit.file))) {
    const edits = mutant.edits.filter((edit) => edit.file === file);
    compile(file, applyEdits(readFileSync(join(root, file), 'utf8'), edits), directory);
  }
  return directory;
}

function hunt(directory) {
  return new Promise((done) => {
    const args = [directory, join(place, 'source'), String(options.cap), String(options.minutes)];
    const child = spawn(process.execPath, [worker, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.on('close', () => {
      rmSync(directory, { recursive: true, force: true });
      done(text === '' ? { kind: 'broken', tried: 0 } : JSON.parse(text));
    });
  });
}

function describe(found) {
  switch (found.kind) {
    case 'killed':
      return `${String(found.tried).padStart(5)}  ${found.name}: ${found.message.slice(0, 90)}`;
    case 'survived':
      return `${String(found.tried).padStart(5)}  NOT KILLED`;
    default:
      return '    -  did not run';
  }
}

function record(seeds) {
  const file = join(root, 'test/bugbank/seeds.ts');
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf('new Map([') + 'new Map(['.length;
  const lines = [...seeds].sort(([a], [b]) => a - b).map(([id, seed]) => `\n  [${id}, ${seed}n],`);
  writeFileSync(file, `${text.slice(0, from)}${lines.join('')}\n]);\n`);
}

rmSync(place, { recursive: true, force: true });
compileAll('src/core');
compileAll('test/bugbank');
writeFileSync(join(place, 'package.json'), '{"type":"module"}');
const load = (file) => import(pathToFileURL(join(place, 'source/test/bugbank', file)).href);
const { MUTANTS } = await load('mutants.js');
const { applyEdits } = await load('mutant-plugin.js');

const only = options.only === '' ? undefined : new Set(options.only.split(',').map(Number));
const waiting = MUTANTS.filter(({ id, unseenBySimulator }) =>
  only === undefined ? unseenBySimulator === undefined : only.has(id),
);
const results = [];
const total = waiting.length;

async function work() {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const found = await hunt(prepare(mutant, applyEdits));
    results.push({ mutant, found });
    process.stdout.write(`${String(mutant.id).padStart(3)} ${describe(found)}\n`);
  }
}

await Promise.all(Array.from({ length: options.workers }, work));
results.sort((a, b) => a.mutant.id - b.mutant.id);
const killed = results.filter(({ found }) => found.kind === 'killed');
const tried = killed.map(({ found }) => found.tried).sort((a, b) => a - b);
process.stdout.write(`\n${killed.length} of ${total} killed`);
if (tried.length > 0) {
  process.stdout.write(`; seeds: median ${tried[tried.length >> 1]}, most ${tried.at(-1)}`);
}
process.stdout.write('\n');
const { SEEDS } = await load('seeds.js');
const seeds = new Map(SEEDS);
for (const { mutant, found } of killed) seeds.set(mutant.id, found.seed);
if (options.write) record(seeds);
process.exitCode = killed.length === total ? 0 : 1;
