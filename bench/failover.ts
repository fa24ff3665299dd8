/**
 * How long writes stop when the leader dies or hangs: omnikv beside etcd, in turns.
 *
 * npm run bench:failover -- --vs etcd,etcd-tuned --repetitions 5
 *
 * A write begins every few milliseconds, whatever became of the others. The figure is the time from
 * the signal to the first acknowledgement of a write that began after it. Who has one address a node
 * is asked through all of them, so no client's reconnecting counts. Each repetition starts every
 * system anew.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { readArguments } from './bench-options.js';
import { connectTo, runScript, withSystem } from './bench-run.js';
import { median } from './report.js';
import type { Driver, RunningSystem } from './system.js';
import { systemsAgainst, type MeasuredSystem } from './systems.js';
import { reportTargets, say, type Target } from './targets.js';

const PROBE_MS = 5;
const GIVE_UP_MS = 15_000;
const SETTLE_MS = 1_000;
/** Election timeouts: omnikv's default is 300 ms. */
const MAX_PAUSE_MS = 4 * 300;

interface Gap {
  readonly system: string;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly repetition: number;
  readonly gapMs: number;
}

/** Writes that begin at fixed moments, through each driver in turn. */
async function gapAfter(drivers: readonly Driver[], strike: () => void): Promise<number> {
  let struckMs = Infinity;
  let gapMs: number | undefined;
  const probe = (sequence: number): void => {
    const beganMs = performance.now();
    drivers[sequence % drivers.length]?.put(`probe-${sequence % 64}`, sequence).then(
      () => {
        if (beganMs >= struckMs) gapMs ??= performance.now() - struckMs;
      },
      // A dead or leaderless node answers so: the next write is under way.
      () => undefined,
    );
  };
  const strikeAtMs = performance.now() + SETTLE_MS;
  for (let sequence = 0; gapMs === undefined; sequence++) {
    probe(sequence);
    if (struckMs === Infinity && performance.now() >= strikeAtMs) {
      strike();
      struckMs = performance.now();
    }
    if (performance.now() > strikeAtMs + GIVE_UP_MS) throw new Error('writes did not go on');
    await sleep(PROBE_MS);
  }
  return gapMs;
}

async function measureGap(
  measured: MeasuredSystem,
  running: RunningSystem,
  signal: Gap['signal'],
): Promise<number> {
  const leader = await running.leader();
  if (leader === undefined) throw new Error(`${measured.system.name}: no leader`);
  const addresses = new Set(running.nodes.map((node) => node.address ?? running.address));
  const drivers = await Promise.all(
    [...addresses].map((address) => {
      return connectTo(measured, { address, concurrency: 256, valueBytes: 8 });
    }),
  );
  try {
    return await gapAfter(drivers, () => process.kill(leader.osPid, signal));
  } finally {
    if (signal === 'SIGSTOP') process.kill(leader.osPid, 'SIGCONT');
    await Promise.all(drivers.map((driver) => driver.close()));
  }
}

function targetsOf(gaps: readonly Gap[], others: readonly string[]): readonly Target[] {
  const gapsOf = (system: string, signal: Gap['signal']): readonly number[] => {
    return gaps.filter((gap) => gap.system === system && gap.signal === signal).map((g) => g.gapMs);
  };
  const ownMs = median(gapsOf('omnikv', 'SIGKILL'));
  const pauseMs = Math.max(...gapsOf('omnikv', 'SIGSTOP'));
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  const beside = others.flatMap((name): readonly Target[] => {
    const otherMs = median(gapsOf(name, 'SIGKILL'));
    const factor = FACTORS.get(name);
    const row = { what: `${name}: SIGKILL of the leader, median`, measured: ms(otherMs) };
    if (factor === undefined) return [{ ...row, target: '', holds: undefined }];
    const target = `omnikv ≤ ${factor} × of it`;
    return [{ ...row, target, holds: ownMs <= factor * otherMs }];
  });
  return [
    { what: 'omnikv: SIGKILL, median', measured: ms(ownMs), target: '', holds: undefined },
    ...beside,
    {
      what: 'omnikv: SIGSTOP, longest',
      measured: ms(pauseMs),
      target: `≤ ${ms(MAX_PAUSE_MS)}`,
      holds: pauseMs <= MAX_PAUSE_MS,
    },
  ];
}

/** Our gap as a multiple of theirs, at most. */
const FACTORS: ReadonlyMap<string, number> = new Map([
  ['etcd', 0.1],
  ['etcd-tuned', 1],
]);

/** Leaves out, with a word, what is not installed. */
async function installed(systems: readonly MeasuredSystem[]): Promise<readonly MeasuredSystem[]> {
  const here: MeasuredSystem[] = [];
  for (const measured of systems) {
    const missing = await measured.system.missing();
    if (missing === undefined) here.push(measured);
    else say(`without ${measured.system.name}: ${missing}`);
  }
  return here;
}

await runScript('bench:failover', async () => {
  const given = readArguments({ vs: 'etcd,etcd-tuned', repetitions: '5', pauses: '3' });
  const systems = await installed(systemsAgainst(given.list('vs').join(',')));
  const gaps: Gap[] = [];
  const measure = async (
    measured: MeasuredSystem,
    signal: Gap['signal'],
    repetition: number,
  ): Promise<void> => {
    const gapMs = await withSystem(measured, 3, (running) => measureGap(measured, running, signal));
    const system = measured.system.name;
    say(`${repetition} ${system}: ${signal}, next acknowledged write after ${gapMs.toFixed(0)} ms`);
    gaps.push({ system, signal, repetition, gapMs });
  };
  for (let repetition = 1; repetition <= given.count('repetitions'); repetition++) {
    for (const measured of systems) await measure(measured, 'SIGKILL', repetition);
  }
  const own = systems.filter(({ system }) => system.name === 'omnikv');
  for (let repetition = 1; repetition <= given.count('pauses'); repetition++) {
    for (const measured of own) await measure(measured, 'SIGSTOP', repetition);
  }
  const others = systems.map(({ system }) => system.name).filter((name) => name !== 'omnikv');
  reportTargets({ targets: targetsOf(gaps, others), figures: gaps }, given.isJson);
});
