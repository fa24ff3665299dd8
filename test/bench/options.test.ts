/** The command line of the benchmark, and how a load is divided. */

import { expect, it } from 'vitest';

import { partsOf } from '../../bench/load-options.js';
import { readBenchOptions } from '../../bench/options.js';

it('without a word it is a closed loop of puts against the skeleton', () => {
  const { systems, run, repetitions } = readBenchOptions([]);
  expect(systems.map(({ system }) => system.name)).toEqual(['omnikv', 'skeleton']);
  expect(run).toMatchObject({ operation: 'put', concurrency: 256, processCount: 1 });
  expect(run.ratePerSecond).toBeUndefined();
  expect(repetitions).toBe(3);
});

it('reads an open loop of several processes', () => {
  const args = '--rate 20000 --op mixed --read-ratio 0.9 --distribution zipf --processes 2';
  expect(readBenchOptions(args.split(' ')).run).toMatchObject({
    ratePerSecond: 20_000,
    operation: 'mixed',
    readRatio: 0.9,
    distribution: 'zipf',
    processCount: 2,
  });
});

it.each([
  ['--rate 0', /--rate 0: it is a whole number from 1/],
  ['--op scan', /--op scan: it is one of put, get, mixed/],
  ['--read-ratio 1.5', /--read-ratio 1.5: it is a number from 0 to 1/],
  ['--distribution normal', /one of uniform, zipf/],
  ['--processes 5 --concurrency 4', /each needs a caller/],
])('refuses %s', (args, message) => {
  expect(() => readBenchOptions(args.split(' '))).toThrow(message);
});

it('the parts of the processes make up the whole', () => {
  const args = '--rate 900 --concurrency 8 --processes 3'.split(' ');
  const parts = partsOf({ ...readBenchOptions(args).run, address: 'a' });
  expect(parts.map(({ concurrency }) => concurrency)).toEqual([3, 3, 2]);
  expect(parts.map(({ ratePerSecond }) => ratePerSecond)).toEqual([300, 300, 300]);
  expect(parts.map(({ processIndex }) => processIndex)).toEqual([0, 1, 2]);
});
