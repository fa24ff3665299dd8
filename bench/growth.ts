/**
 * Whether speed lasts as things grow: a million keys beside a thousand, five and seven nodes.
 *
 * npm run bench:growth -- --keys 1000000 --nodes 3,5,7 --duration 5 --repetitions 3
 *
 * Key counts: two clusters, filled before, loaded in turns. Node counts: omnikv and the skeleton of
 * the same size in turns; what must last is the share of the skeleton that three nodes have. All are
 * warmed up for twice as long as elsewhere: seven nodes compile their code on the same two cores, and
 * what is asked is how much speed more nodes cost, not how long they take to reach it.
 */

import { readArguments } from './bench-options.js';
import { connectTo, fillKeys, loadPuts, runScript, withSystem } from './bench-run.js';
import { median } from './report.js';
import { WARM_UP_MS, type RunningSystem } from './system.js';
import { omnikvAlone, systemsAgainst, type MeasuredSystem } from './systems.js';
import { reportTargets, say, type Target } from './targets.js';

const CONCURRENCY = 256;
const FEW_KEYS = 1_000;
const MIN_KEYS_SHARE = 0.9;
/** Of the share that three nodes have: what the machine lets one tell apart. */
const MIN_NODES_SHARE = 0.9;

interface Rate {
  readonly what: string;
  readonly repetition: number;
  readonly opsPerSecond: number;
}

interface Size {
  readonly durationMs: number;
  readonly repetitions: number;
}

async function rateOf(
  measured: MeasuredSystem,
  running: RunningSystem,
  load: { readonly keyCount: number; readonly durationMs: number; readonly warmUpMs?: number },
): Promise<number> {
  const result = await loadPuts(measured, running, { concurrency: CONCURRENCY, ...load });
  return result.opsPerSecond;
}

async function filled(keyCount: number, running: RunningSystem): Promise<void> {
  const { address } = running;
  const driver = await connectTo(omnikvAlone, { address, concurrency: CONCURRENCY, valueBytes: 8 });
  await fillKeys(driver, { from: 0, to: keyCount, concurrency: CONCURRENCY });
  await driver.close();
}

async function measureKeys(keyCount: number, size: Size): Promise<readonly Rate[]> {
  const { durationMs } = size;
  return await withSystem(omnikvAlone, 3, (few) =>
    withSystem(omnikvAlone, 3, async (many) => {
      await filled(FEW_KEYS, few);
      await filled(keyCount, many);
      const rates: Rate[] = [];
      for (let repetition = 1; repetition <= size.repetitions; repetition++) {
        for (const [running, count] of [
          [few, FEW_KEYS],
          [many, keyCount],
        ] as const) {
          const load = { keyCount: count, durationMs };
          const opsPerSecond = await rateOf(omnikvAlone, running, load);
          rates.push({ what: `${count} keys`, repetition, opsPerSecond });
          say(`${repetition} ${count} keys: ${opsPerSecond.toFixed(0)}/s`);
        }
      }
      return rates;
    }),
  );
}

async function measureNodes(nodeCounts: readonly number[], size: Size): Promise<readonly Rate[]> {
  const { durationMs } = size;
  const rates: Rate[] = [];
  for (let repetition = 1; repetition <= size.repetitions; repetition++) {
    for (const nodeCount of nodeCounts) {
      for (const measured of systemsAgainst('skeleton')) {
        const load = { keyCount: FEW_KEYS, durationMs, warmUpMs: 2 * WARM_UP_MS };
        const opsPerSecond = await withSystem(measured, nodeCount, (running) => {
          return rateOf(measured, running, load);
        });
        const what = `${measured.system.name}, ${nodeCount} nodes`;
        rates.push({ what, repetition, opsPerSecond });
        say(`${repetition} ${what}: ${opsPerSecond.toFixed(0)}/s`);
      }
    }
  }
  return rates;
}

/** The median of the ratios within a repetition. */
function shareOf(rates: readonly Rate[], what: string, of: string): number {
  const rateIn = (name: string, repetition: number): number => {
    return rates.find((r) => r.what === name && r.repetition === repetition)?.opsPerSecond ?? NaN;
  };
  const own = rates.filter((rate) => rate.what === what);
  return median(own.map((rate) => rate.opsPerSecond / rateIn(of, rate.repetition)));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function keyTarget(rates: readonly Rate[], keyCount: number): Target {
  const share = shareOf(rates, `${keyCount} keys`, `${FEW_KEYS} keys`);
  return {
    what: `puts with ${keyCount.toLocaleString('en')} keys, of those with 1,000`,
    measured: percent(share),
    target: `≥ ${percent(MIN_KEYS_SHARE)}`,
    holds: share >= MIN_KEYS_SHARE,
  };
}

function nodeTargets(rates: readonly Rate[], nodeCounts: readonly number[]): readonly Target[] {
  const shares = nodeCounts.map((nodeCount) => {
    return shareOf(rates, `omnikv, ${nodeCount} nodes`, `skeleton, ${nodeCount} nodes`);
  });
  const least = MIN_NODES_SHARE * (shares[0] ?? NaN);
  return shares.map((share, i) => ({
    what: `puts with ${nodeCounts[i] ?? 0} nodes, of the skeleton's`,
    measured: percent(share),
    target: i === 0 ? '' : `≥ ${percent(least)}`,
    holds: i === 0 ? undefined : share >= least,
  }));
}

await runScript('bench:growth', async () => {
  const given = readArguments({
    ...{ keys: '1000000', nodes: '3,5,7', duration: '5', repetitions: '3' },
  });
  const size = {
    durationMs: 1_000 * given.count('duration'),
    repetitions: given.count('repetitions'),
  };
  const keyCount = given.count('keys');
  const nodeCounts = given.list('nodes').map(Number);
  const byKeys = keyCount === 0 ? [] : await measureKeys(keyCount, size);
  const byNodes = await measureNodes(nodeCounts, size);
  const targets = [
    ...(keyCount === 0 ? [] : [keyTarget(byKeys, keyCount)]),
    ...nodeTargets(byNodes, nodeCounts),
  ];
  reportTargets({ targets, figures: { byKeys, byNodes } }, given.isJson);
});
