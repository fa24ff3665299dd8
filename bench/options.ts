/** The command line of the benchmark. */

import { parseArgs } from 'node:util';
import { KEY_DISTRIBUTIONS } from './keys.js';
import { LOAD_OPERATIONS, type LoadOptions } from './load-options.js';
import { WARM_UP_MS } from './system.js';
import { systemsAgainst, type MeasuredSystem } from './systems.js';

/** What each repetition of each system does. */
export interface RunOptions extends Omit<LoadOptions, 'address'> {
  readonly nodeCount: number;
}

export interface BenchOptions {
  readonly systems: readonly MeasuredSystem[];
  readonly run: RunOptions;
  readonly repetitions: number;
  readonly isJson: boolean;
  readonly csvPath?: string | undefined;
  readonly svgPath?: string | undefined;
}

/** What describes a load, for every program of this room. */
export const RUN_FLAGS = {
  op: { type: 'string', default: 'put' },
  'read-ratio': { type: 'string', default: '0.5' },
  concurrency: { type: 'string', default: '256' },
  rate: { type: 'string' },
  'value-size': { type: 'string', default: '8' },
  keys: { type: 'string', default: '1000' },
  distribution: { type: 'string', default: 'uniform' },
  processes: { type: 'string', default: '1' },
  duration: { type: 'string', default: '5' },
  'warm-up': { type: 'string', default: String(WARM_UP_MS / 1_000) },
  nodes: { type: 'string', default: '3' },
} as const;

type RunValues = Readonly<Record<Exclude<keyof typeof RUN_FLAGS, 'rate'>, string>> & {
  readonly rate?: string | undefined;
};

export function readBenchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...RUN_FLAGS,
      vs: { type: 'string', default: 'skeleton' },
      repetitions: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
      csv: { type: 'string' },
      svg: { type: 'string' },
    },
  });
  return {
    systems: systemsAgainst(values.vs),
    run: readRunOptions(values),
    repetitions: countOf('repetitions', values.repetitions),
    isJson: values.json,
    csvPath: values.csv,
    svgPath: values.svg,
  };
}

/** Durations are whole seconds here. */
export function readRunOptions(values: RunValues): RunOptions {
  const concurrency = countOf('concurrency', values.concurrency);
  const processCount = countOf('processes', values.processes);
  if (processCount > concurrency) {
    throw new Error(`--processes ${processCount}: each needs a caller of --concurrency`);
  }
  const { rate } = values;
  return {
    operation: oneOf('op', LOAD_OPERATIONS, values.op),
    readRatio: ratioOf('read-ratio', values['read-ratio']),
    concurrency,
    ...(rate === undefined ? {} : { ratePerSecond: countOf('rate', rate) }),
    valueBytes: countOf('value-size', values['value-size']),
    keyCount: countOf('keys', values.keys),
    distribution: oneOf('distribution', KEY_DISTRIBUTIONS, values.distribution),
    processCount,
    durationMs: 1_000 * countOf('duration', values.duration),
    warmUpMs: 1_000 * countOf('warm-up', values['warm-up']),
    nodeCount: countOf('nodes', values.nodes),
  };
}

export function countOf(name: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new Error(`--${name} ${text}: it is a whole number from 1`);
}

function ratioOf(name: string, text: string): number {
  const ratio = text === '' ? NaN : Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  throw new Error(`--${name} ${text}: it is a number from 0 to 1`);
}

function oneOf<const T extends string>(name: string, known: readonly T[], text: string): T {
  const found = known.find((word) => word === text);
  if (found !== undefined) return found;
  throw new Error(`--${name} ${text}: it is one of ${known.join(', ')}`);
}
