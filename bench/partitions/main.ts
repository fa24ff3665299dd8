/**
 * Partial partitions on real processes: who goes on, for whom, and what healing costs.
 *
 * npm run bench:partitions -- --vs etcd --repetitions 3 --svg partitions.svg
 *
 * Each run starts its system anew. Every history of omnikv is recorded and checked; one that is not
 * VALID is kept.
 */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments } from '../bench-options.js';
import { runScript } from '../bench-run.js';
import { reportTargets, say } from '../targets.js';
import type { PartitionedSystem } from './cluster.js';
import { etcdBehindProxies } from './etcd-cluster.js';
import { partitionedOmnikv } from './omnikv-cluster.js';
import { plotRuns } from './plot.js';
import { renderRuns, targetsOf, type Run } from './report.js';
import { runScenario, type RunOptions } from './run-scenario.js';
import { DEFAULT_SCENARIOS, scenariosNamed, type Scenario } from './scenario.js';

const OTHERS: readonly PartitionedSystem[] = [etcdBehindProxies];

/** Rejects at Ctrl-C, so that what was started is stopped and removed. */
const interrupted = new Promise<never>((_, reject) => {
  process.once('SIGINT', () => reject(new Error('interrupted')));
});
interrupted.catch(() => undefined);

interface OneRun extends RunOptions {
  readonly system: PartitionedSystem;
  readonly scenario: Scenario;
  readonly repetition: number;
  readonly historyDirectory: string;
}

async function runOnce({ system, scenario, repetition, ...options }: OneRun): Promise<Run> {
  const directory = await mkdtemp(join(tmpdir(), 'omnikv-bench-'));
  const { name, electionTimeoutMs } = system;
  const historyPath = join(
    options.historyDirectory,
    `${name}-${scenario.name}-${repetition}.ndjson`,
  );
  try {
    const cluster = await system.start({ directory, nodeCount: scenario.nodeCount, historyPath });
    try {
      const run = await Promise.race([runScenario(cluster, scenario, options), interrupted]);
      return { ...run, system: name, electionTimeoutMs, repetition };
    } finally {
      await cluster.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function systemsNamed(names: readonly string[]): Promise<readonly PartitionedSystem[]> {
  const systems = [partitionedOmnikv];
  for (const name of names) {
    const system = OTHERS.find((other) => other.name === name);
    if (system === undefined) throw new Error(`--vs ${name}: there is etcd`);
    const missing = await system.missing();
    if (missing === undefined) systems.push(system);
    else say(`without ${name}: ${missing}`);
  }
  return systems;
}

async function runAll(given: ReturnType<typeof readArguments>, historyDirectory: string) {
  const systems = await systemsNamed(given.list('vs'));
  const options: RunOptions = {
    cutMs: given.count('cut') * 1_000,
    afterMs: given.count('after') * 1_000,
    callersPerNode: given.count('callers'),
  };
  const runs: Run[] = [];
  for (let repetition = 1; repetition <= given.count('repetitions'); repetition++) {
    for (const scenario of scenariosNamed(given.list('scenario'))) {
      for (const system of systems) {
        // A proxy of bytes can cut and no more.
        if (scenario.needsMoreThanCuts && !system.hasLossAndDelay) continue;
        const run = await runOnce({ ...options, system, scenario, repetition, historyDirectory });
        runs.push(run);
        const firstMs = run.firstNewWriteMs?.toFixed(0);
        const first =
          firstMs === undefined ? 'no new write' : `first new write after ${firstMs} ms`;
        say(`${repetition} ${scenario.name} ${system.name}: ${first}`);
      }
    }
  }
  return runs;
}

await runScript('bench:partitions', async () => {
  const given = readArguments({
    ...{ vs: '', scenario: DEFAULT_SCENARIOS.join(','), repetitions: '1', callers: '4' },
    ...{ cut: '5', after: '2', svg: '', histories: '' },
  });
  const [keptDirectory] = given.list('histories');
  const [svgPath] = given.list('svg');
  if (keptDirectory !== undefined) await mkdir(keptDirectory, { recursive: true });
  const historyDirectory = keptDirectory ?? (await mkdtemp(join(tmpdir(), 'omnikv-histories-')));
  let isKept = keptDirectory !== undefined;
  try {
    const runs = await runAll(given, historyDirectory);
    const isBad = ({ verdict }: Run): boolean => verdict !== undefined && verdict !== 'VALID';
    if (runs.some(isBad)) {
      isKept = true;
      say(`the histories are in ${historyDirectory}`);
    }
    if (svgPath !== undefined) await writeFile(svgPath, plotRuns(runs));
    if (!given.isJson) process.stdout.write(`${renderRuns(runs)}\n\n`);
    // Every write is too much for a reader; the picture shows them.
    const figures = runs.map(({ acknowledgements, ...run }) => {
      return { ...run, acknowledgedWrites: acknowledgements.length };
    });
    reportTargets({ targets: targetsOf(runs), figures }, given.isJson);
  } finally {
    if (!isKept) await rm(historyDirectory, { recursive: true, force: true });
  }
});
