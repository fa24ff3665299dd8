/**
 * omnikv and others under the same load, in turns, as ratios of one run.
 *
 * npm run bench -- --vs skeleton,etcd --op put --concurrency 256 --repetitions 5
 *
 * Each repetition starts every system anew in an empty directory, loads it and stops it before the
 * next begins, so that none disturbs another. A ratio is taken within a repetition: the machine
 * drifts by more than what is measured.
 */

import { writeFile } from 'node:fs/promises';
import { renderCsv } from './csv.js';
import { readBenchOptions, type BenchOptions, type RunOptions } from './options.js';
import { renderRatios, renderResults, type Measurement } from './report.js';
import { refuseMissing, runOnce, untilInterrupted } from './run.js';
import { renderSvg } from './svg.js';

async function runAll(options: BenchOptions): Promise<readonly Measurement[]> {
  const signal = untilInterrupted();
  const measurements: Measurement[] = [];
  for (let repetition = 1; repetition <= options.repetitions; repetition++) {
    for (const entry of options.systems) {
      const run = await runOnce(entry, options.run, signal);
      measurements.push({ system: entry.system.name, repetition, ...run });
      const rate = Math.round(run.result.opsPerSecond).toLocaleString('en');
      process.stderr.write(
        `${repetition}/${options.repetitions} ${entry.system.name}: ${rate}/s\n`,
      );
    }
  }
  return measurements;
}

function describe({ operation, concurrency, ratePerSecond, ...rest }: RunOptions): string {
  const loop = ratePerSecond === undefined ? 'closed loop' : `${ratePerSecond} a second`;
  const callers = `${concurrency} callers in ${rest.processCount} process(es)`;
  return `${operation}, ${rest.valueBytes} bytes, ${rest.keyCount} keys ${rest.distribution}, ${callers}, ${loop}`;
}

async function print(options: BenchOptions, measurements: readonly Measurement[]): Promise<void> {
  const { run, systems, csvPath, svgPath } = options;
  if (csvPath !== undefined) await writeFile(csvPath, renderCsv(measurements));
  if (svgPath !== undefined) await writeFile(svgPath, renderSvg(describe(run), measurements));
  if (options.isJson) {
    process.stdout.write(`${JSON.stringify({ options: run, measurements })}\n`);
    return;
  }
  process.stdout.write(`${describe(run)}\n`);
  for (const { system } of systems) process.stdout.write(`${system.name}: ${system.durability}\n`);
  process.stdout.write(`${renderResults(measurements)}\n${renderRatios(measurements, 'omnikv')}\n`);
}

try {
  const options = readBenchOptions(process.argv.slice(2));
  await refuseMissing(options.systems);
  await print(options, await runAll(options));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
