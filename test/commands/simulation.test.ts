/** What many simulated runs add up to, and how it reads. */

import { describe, expect, it } from 'vitest';
import { describeTally, tallyToJson } from '../../src/cli/render-simulation.js';
import { SimulationTally } from '../../src/cli/simulation-tally.js';
import type { SimulationReport } from '../../src/core/simulator/index.js';

function report(change: Partial<SimulationReport> = {}): SimulationReport {
  return {
    seed: '0x0000000000000001',
    nodeCount: 3,
    hash: '00000000000000f0',
    events: 1_000,
    simulatedMs: 6_000,
    faults: ['kill'],
    marks: { 'leader ready': 2 },
    operations: { ok: 10, failed: 1, unknown: 2 },
    verdict: { kind: 'passed' },
    ...change,
  };
}

const NAMES = ['leader ready', 'power cut', 'disk full'];
const violated = {
  kind: 'violated',
  name: 'agreement',
  message: 'two values',
  atMs: 12.4,
} as const;

describe('the tally of many runs', () => {
  it('A1: adds up the same in whatever order the runs end', () => {
    const runs = [
      report(),
      report({ hash: '0000000000000f00', marks: { 'power cut': 1 }, faults: ['kill', 'cut'] }),
      report({ hash: '8000000000000001', events: 5 }),
    ];
    const tallies = [runs, [...runs].reverse()].map((order) => {
      const tally = new SimulationTally(NAMES);
      order.forEach((run, i) => tally.add(BigInt(i), { kind: 'ran', report: run }));
      return tallyToJson(tally, { elapsedMs: 1 });
    });
    expect(tallies[0]).toEqual(tallies[1]);
    expect(tallies[0]).toMatchObject({
      seeds: 3,
      hash: '8000000000000ff1',
      events: 2_005,
      operations: { ok: 30, failed: 3, unknown: 6 },
      faults: { cut: 1, kill: 3 },
      marks: { 'leader ready': 4, 'power cut': 1, 'disk full': 0 },
      neverHit: ['disk full'],
    });
  });

  it('names the failed seeds, the lowest first, also where the simulator itself failed', () => {
    const tally = new SimulationTally(NAMES);
    tally.add(2n ** 64n - 1n, { kind: 'threw', message: 'RangeError: odd' });
    tally.add(3n, { kind: 'ran', report: report({ verdict: violated }) });
    expect(tally.failures).toEqual([
      { seed: 3n, what: 'agreement, after 12 ms: two values' },
      { seed: 2n ** 64n - 1n, what: 'the simulator failed: RangeError: odd' },
    ]);
  });

  it('says what was covered and what was never hit', () => {
    const tally = new SimulationTally(NAMES);
    tally.add(1n, { kind: 'ran', report: report({ events: 150_000 }) });
    expect(describeTally(tally, { elapsedMs: 500 })).toEqual([
      'seeds       1, 0 failed',
      'simulated   6.0 s in 500 ms (12 x)',
      'events      150,000, 300,000 a second',
      'operations  10 ok, 1 failed, 2 unknown',
      'hash        00000000000000f0',
      'runs with',
      '  kill  1',
      'marks',
      '  leader ready  2',
      'never hit: power cut, disk full',
    ]);
  });
});
