/**
 * What simulate says of one run and of many, in words and as JSON.
 */

import type { SimulationReport } from '../core/simulator/index.js';
import { formatDuration } from './duration.js';
import { renderTable, type JsonObject } from './output.js';
import { formatSeed } from './seeds.js';
import type { SimulationTally } from './simulation-tally.js';

const number = new Intl.NumberFormat('en-US');

function count(value: number): string {
  return number.format(Math.round(value));
}

export function describeRun(report: SimulationReport): string[] {
  const { ok, failed, unknown } = report.operations;
  const nodes = report.nodeCount === 1 ? '1 node' : `${report.nodeCount} nodes`;
  return [
    ...renderTable([
      ['seed', `${report.seed}, ${nodes}`],
      ['simulated', formatDuration(report.simulatedMs)],
      ['events', count(report.events)],
      ['operations', `${count(ok)} ok, ${count(failed)} failed, ${count(unknown)} unknown`],
      ['faults', report.faults.length === 0 ? 'none' : report.faults.join(', ')],
      ['hash', report.hash],
    ]),
    'marks',
    ...marksTable(report.marks),
  ];
}

export interface Elapsed {
  readonly elapsedMs: number;
}

export function describeTally(tally: SimulationTally, { elapsedMs }: Elapsed): string[] {
  const { ok, failed, unknown } = tally.operations;
  const pace = Math.round(tally.simulatedMs / Math.max(elapsedMs, 1));
  const took = formatDuration(elapsedMs);
  return [
    ...renderTable([
      ['seeds', `${count(tally.seedCount)}, ${count(tally.failures.length)} failed`],
      ['simulated', `${formatDuration(tally.simulatedMs)} in ${took} (${count(pace)} x)`],
      ['events', `${count(tally.events)}, ${count(eventsPerSecond(tally, elapsedMs))} a second`],
      ['operations', `${count(ok)} ok, ${count(failed)} failed, ${count(unknown)} unknown`],
      ['hash', tally.hash],
    ]),
    'runs with',
    ...marksTable(tally.faults),
    'marks',
    ...marksTable(tally.marks),
    `never hit: ${tally.neverHit.length === 0 ? 'none' : tally.neverHit.join(', ')}`,
  ];
}

function marksTable(marks: Readonly<Record<string, number>>): string[] {
  const hit = Object.entries(marks).filter(([, times]) => times > 0);
  return renderTable(hit.map(([name, times]) => [`  ${name}`, count(times)]));
}

export function describeProgress(tally: SimulationTally, of: number, elapsed: Elapsed): string {
  const rate = count(eventsPerSecond(tally, elapsed.elapsedMs));
  return `${count(tally.seedCount)} of ${count(of)}, ${rate} events a second`;
}

function eventsPerSecond(tally: SimulationTally, elapsedMs: number): number {
  return (tally.events * 1_000) / Math.max(elapsedMs, 1);
}

export function tallyToJson(tally: SimulationTally, { elapsedMs }: Elapsed): JsonObject {
  return {
    seeds: tally.seedCount,
    failed: tally.failures.map(({ seed, what }) => ({ seed: formatSeed(seed), what })),
    hash: tally.hash,
    events: tally.events,
    simulatedMs: Math.round(tally.simulatedMs),
    elapsedMs: Math.round(elapsedMs),
    operations: tally.operations,
    faults: tally.faults,
    marks: tally.marks,
    neverHit: tally.neverHit,
  };
}
