/**
 * Which sync: direct writes, on the event loop while the disk is quick and else on a thread, which is what
 * omnikv does; the same through the page cache, with fdatasync; or direct writes always on the loop. On the
 * disk of this machine, and on one that takes 5 ms longer.
 *
 * npm run bench:sync -- --concurrency 1,256 --value-size 8 --duration 4 --repetitions 3
 *
 * In turns, a cluster anew each time. The lateness of the event loop says what a blocking call costs
 * everybody else: a heartbeat that is late by an election timeout is an election.
 */

import { readArguments } from '../bench-options.js';
import { loadPuts, runScript, withSystem } from '../bench-run.js';
import { omnikv, statusOf } from '../omnikv/omnikv-system.js';
import { median, renderTable } from '../report.js';
import type { System } from '../system.js';
import { say } from '../targets.js';

const PRELOAD = new URL('./preload.js', import.meta.url).href;

interface Variant {
  readonly name: string;
  readonly way: 'measured' | 'buffered' | 'blocking';
  readonly extraMs: number;
}

interface Figure {
  readonly name: string;
  readonly concurrency: number;
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The worst of the nodes. */
  readonly loopP99Ms: number;
}

const VARIANTS: readonly Variant[] = [
  { name: 'as measured', way: 'measured', extraMs: 0 },
  { name: 'through the page cache', way: 'buffered', extraMs: 0 },
  { name: 'always on the loop', way: 'blocking', extraMs: 0 },
  { name: 'as measured, +5 ms', way: 'measured', extraMs: 5 },
  { name: 'through the page cache, +5 ms', way: 'buffered', extraMs: 5 },
  { name: 'always on the loop, +5 ms', way: 'blocking', extraMs: 5 },
];

/** omnikv, started with the preload; whatever runs beside it is not touched. */
function omnikvWith({ way, extraMs }: Variant): System {
  return {
    ...omnikv,
    start: async (options) => {
      Object.assign(process.env, {
        NODE_OPTIONS: `--import ${PRELOAD}`,
        OMNIKV_BENCH_SYNC: way,
        OMNIKV_BENCH_SYNC_MS: String(extraMs),
      });
      try {
        return await omnikv.start(options);
      } finally {
        delete process.env.NODE_OPTIONS;
      }
    },
  };
}

async function figureOf(
  variant: Variant,
  load: {
    readonly concurrency: number;
    readonly durationMs: number;
    readonly valueBytes: number;
  },
): Promise<Figure> {
  const measured = { system: omnikvWith(variant), driver: './omnikv/driver.js' };
  return await withSystem(measured, 3, async (running, directory) => {
    const { opsPerSecond, p50Ms, p99Ms } = await loadPuts(measured, running, {
      ...load,
      keyCount: 1_000,
    });
    const delays = (await statusOf(directory)).map(({ loopDelay }) => loopDelay?.p99Ms ?? NaN);
    const { concurrency } = load;
    const loopP99Ms = Math.max(...delays);
    return { name: variant.name, concurrency, opsPerSecond, p50Ms, p99Ms, loopP99Ms };
  });
}

function rowOf(name: string, concurrency: number, all: readonly Figure[]): readonly string[] {
  const own = all.filter((one) => one.name === name && one.concurrency === concurrency);
  const of = (pick: (one: Figure) => number): number => median(own.map(pick));
  return [
    name,
    String(concurrency),
    of((one) => one.opsPerSecond).toFixed(0),
    of((one) => one.p50Ms).toFixed(2),
    of((one) => one.p99Ms).toFixed(2),
    of((one) => one.loopP99Ms).toFixed(2),
  ];
}

await runScript('bench:sync', async () => {
  const given = readArguments({
    ...{ concurrency: '1,256', 'value-size': '8', duration: '4', repetitions: '3' },
  });
  const durationMs = 1_000 * given.count('duration');
  const valueBytes = given.count('value-size');
  const concurrencies = given.list('concurrency').map(Number);
  const figures: Figure[] = [];
  for (let repetition = 1; repetition <= given.count('repetitions'); repetition++) {
    for (const concurrency of concurrencies) {
      for (const variant of VARIANTS) {
        const figure = await figureOf(variant, { concurrency, durationMs, valueBytes });
        figures.push(figure);
        say(`${repetition} ${variant.name}, ${concurrency}: ${figure.opsPerSecond.toFixed(0)}/s`);
      }
    }
  }
  if (given.isJson) {
    process.stdout.write(`${JSON.stringify({ figures })}\n`);
    return;
  }
  const rows = concurrencies.flatMap((concurrency) =>
    VARIANTS.map(({ name }) => rowOf(name, concurrency, figures)),
  );
  const head = ['sync', 'clients', 'puts/s', 'p50 ms', 'p99 ms', 'loop late by, p99 ms'];
  process.stdout.write(`${renderTable([head, ...rows])}\n`);
});
