/**
 * Is a commit slower than the one that it is built on?
 *
 * npm run bench:gate -- BASE [HEAD] [--op put] [--concurrency 256] [--pairs 5] [--max-pairs 15]
 *
 * Both are checked out and built beside each other and measured in turns A B A B by this checkout's
 * load. Pairs are added while they cannot tell; status 1 where HEAD is below 0.9 of BASE.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { omnikvOf } from '../omnikv/omnikv-system.js';
import { countOf, readRunOptions, RUN_FLAGS, type RunOptions } from '../options.js';
import { runOnce, untilInterrupted } from '../run.js';
import { checkOut, commitOf, removeCheckout } from './checkout.js';
import { intervalOf, lastVerdictOf, verdictOf, type Interval } from './verdict.js';

/** A change may cost a tenth; below that lies what this can tell within minutes. */
const BOUND = 0.9;
const OMNIKV_DRIVER = './omnikv/driver.js';

interface GateOptions {
  readonly base: string;
  readonly head: string;
  readonly run: RunOptions;
  readonly pairs: number;
  readonly maxPairs: number;
}

function readOptions(): GateOptions {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...RUN_FLAGS,
      duration: { type: 'string', default: '3' },
      pairs: { type: 'string', default: '5' },
      'max-pairs': { type: 'string', default: '15' },
    },
  });
  const [base, head = 'HEAD', ...more] = positionals;
  if (base === undefined || more.length > 0) throw new Error('BASE [HEAD]: one or two commits');
  const pairs = countOf('pairs', values.pairs);
  if (pairs < 2) throw new Error('--pairs 1: an interval needs two');
  const maxPairs = Math.max(pairs, countOf('max-pairs', values['max-pairs']));
  return { base, head, run: readRunOptions(values), pairs, maxPairs };
}

/** The throughput of a checkout. */
type Rate = () => Promise<number>;

async function comparePairs(base: Rate, head: Rate, options: GateOptions): Promise<Interval> {
  const ratios: number[] = [];
  for (;;) {
    const baseRate = await base();
    const headRate = await head();
    const ratio = headRate / baseRate;
    ratios.push(ratio);
    const rates = `${Math.round(baseRate)} → ${Math.round(headRate)} a second`;
    process.stderr.write(`pair ${ratios.length}: ${rates}: ${ratio.toFixed(2)}\n`);
    if (ratios.length < options.pairs) continue;
    const interval = intervalOf(ratios);
    const isEnough = verdictOf(interval, BOUND) !== 'undecided';
    if (isEnough || ratios.length >= options.maxPairs) return interval;
  }
}

async function compare(options: GateOptions, directory: string): Promise<Interval> {
  const signal = untilInterrupted();
  const paths = { base: join(directory, 'base'), head: join(directory, 'head') };
  try {
    for (const side of ['base', 'head'] as const) {
      const commit = await commitOf(options[side]);
      process.stderr.write(`${side}: ${commit.slice(0, 12)}, installing and building\n`);
      await checkOut(commit, paths[side]);
      if (signal.aborted) throw new Error('interrupted');
    }
    const rateOf = (side: 'base' | 'head'): Rate => {
      const entry = { system: omnikvOf(side, paths[side]), driver: OMNIKV_DRIVER };
      return async () => (await runOnce(entry, options.run, signal)).result.opsPerSecond;
    };
    return await comparePairs(rateOf('base'), rateOf('head'), options);
  } finally {
    for (const path of Object.values(paths)) await removeCheckout(path);
  }
}

try {
  const options = readOptions();
  // Both must be commits before anything is built.
  for (const revision of [options.base, options.head]) await commitOf(revision);
  const directory = await mkdtemp(join(tmpdir(), 'omnikv-gate-'));
  const interval = await compare(options, directory).finally(async () => {
    await rm(directory, { recursive: true, force: true });
  });
  const [ratio, low, high] = [interval.ratio, interval.low, interval.high].map((x) => x.toFixed(3));
  const verdict = lastVerdictOf(interval, BOUND);
  const sure = verdictOf(interval, BOUND) === 'undecided' ? ' by its middle alone' : '';
  process.stdout.write(
    `${options.head} / ${options.base}: ${ratio ?? ''}, 95 % between ${low ?? ''} and ${high ?? ''}: ` +
      `${verdict}${sure} (bound ${BOUND})\n`,
  );
  if (verdict === 'fails') process.exitCode = 1;
} catch (error) {
  process.stderr.write(`bench:gate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
