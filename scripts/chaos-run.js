/**
 * A cluster of real processes under chaos while a recorded load runs; then it is judged.
 *
 * Checked: the history is linearizable (omnikv check), all nodes hold one state (omnikv verify), no
 * node ended by itself, and no process and no socket is left.
 *
 * npm run soak:chaos -- --seconds 60 --nodes 5 --seed 42
 */

import { join } from 'node:path';
import { createLab, processesOf, socketsOf, withCleanup } from './lab/omnikv.js';
import { readOptions } from './lab/options.js';

const options = readOptions({
  seconds: 60,
  nodes: 5,
  seed: '42',
  mix: 'crash,pause',
  concurrency: 16,
  keys: 100,
  'quorum-loss': false,
});

async function expectDone(lab, ...args) {
  const answer = await lab.run(args);
  process.stdout.write(answer.stdout);
  if (answer.exit === 0) return answer;
  throw new Error(`omnikv ${args.join(' ')} ended with ${answer.exit}: ${answer.stderr}`);
}

async function run(lab) {
  const history = join(lab.directory, 'history.ndjson');
  await expectDone(lab, 'init', '--nodes', String(options.nodes));
  await expectDone(lab, 'start');
  const load = ['--op', 'mixed', '--concurrency', String(options.concurrency)];
  const keys = ['--keys', String(options.keys), '--timeout', '10s', '--record', history];
  const chaos = ['--for', `${options.seconds}s`, '--seed', options.seed, '--mix', options.mix];
  if (options['quorum-loss']) chaos.push('--quorum-loss');
  await Promise.all([
    expectDone(lab, 'bench', ...load, ...keys, '--duration', `${options.seconds + 2}s`),
    expectDone(lab, 'chaos', ...chaos),
  ]);
  await expectDone(lab, 'verify', '--timeout', '30s');
  await expectDone(lab, 'check', history, '--timeout', '10m');
  await expectDone(lab, 'stop');
  const left = [...(await processesOf(lab.directory)), ...(await socketsOf(lab.directory))];
  if (left.length > 0) throw new Error(`left behind: ${JSON.stringify(left)}`);
}

const lab = await createLab('chaos');
try {
  await withCleanup(lab, () => run(lab));
} catch (error) {
  process.stderr.write(`seed ${options.seed}: ${error.stack}\n`);
  process.exitCode = 1;
}
