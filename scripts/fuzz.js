/**
 * Malformed frames for every decoder, as many as wanted: npm run fuzz -- --frames 20000000 --seed 7
 *
 * Two processes share them, each with a seed of its own; a failure prints the seed and the body.
 */

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readOptions } from './lab/options.js';

const PROCESSES = 2;
const options = readOptions({ frames: 20_000_000, seed: String(Date.now() % 1_000_000) });
const manifest = createRequire(import.meta.url).resolve('vitest/package.json');
const vitest = join(dirname(manifest), 'vitest.mjs');

/** @param {number} index @returns {Promise<number>} the exit status */
async function share(index) {
  const environment = {
    ...process.env,
    OMNIKV_FUZZ_FRAMES: String(Math.ceil(options.frames / PROCESSES)),
    OMNIKV_FUZZ_SEED: `${options.seed}-${index}`,
  };
  const args = [vitest, 'run', '--project', 'unit', 'test/fuzz/decoders.test.ts'];
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: environment });
  return await new Promise((resolve) => child.once('close', (status) => resolve(status ?? 1)));
}

const statuses = await Promise.all(Array.from({ length: PROCESSES }, (_, index) => share(index)));
process.exitCode = Math.max(...statuses);
