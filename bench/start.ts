/**
 * How soon the command line answers, beside the least that Node itself takes; and how soon a cluster
 * that starts takes its first write.
 *
 * npm run bench:start -- --repetitions 21 --starts 5
 *
 * Each command is a process of its own, in turns A B A B: `node -e 0`, get, put, …
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readArguments } from './bench-options.js';
import { runScript, withSystem } from './bench-run.js';
import { BIN, runOmnikv } from './omnikv/omnikv-system.js';
import { median } from './report.js';
import { omnikvAlone } from './systems.js';
import { reportTargets, say, type Target } from './targets.js';

const run = promisify(execFile);
const MAX_RATIO = 1.6;
const MAX_START_MS = 1_200;
const NODE = 'node -e 0';

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  get: ['get', 'key'],
  put: ['put', 'key', '5'],
  incr: ['incr', 'key'],
  cas: ['cas', 'same', '5', '5'],
  del: ['del', 'other'],
  'get --meta': ['get', 'key', '--meta'],
};
/** What the target speaks of; the others are there to compare with. */
const PROMISED = ['get', 'put', 'incr', 'cas', 'del'];

async function millisecondsOf(args: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  await run(process.execPath, [...args]);
  return performance.now() - startedMs;
}

async function measureCommands(repetitions: number): Promise<ReadonlyMap<string, number[]>> {
  const times = new Map<string, number[]>([[NODE, []]]);
  for (const name of Object.keys(COMMANDS)) times.set(name, []);
  await withSystem(omnikvAlone, 3, async (_, directory) => {
    await runOmnikv(directory, 'put', 'same', '5');
    await runOmnikv(directory, 'put', 'key', '5');
    for (let repetition = 0; repetition < repetitions; repetition++) {
      times.get(NODE)?.push(await millisecondsOf(['-e', '0']));
      for (const [name, args] of Object.entries(COMMANDS)) {
        times.get(name)?.push(await millisecondsOf([BIN, ...args, '--dir', directory]));
      }
    }
  });
  return times;
}

async function measureStarts(starts: number): Promise<readonly number[]> {
  const times: number[] = [];
  await withSystem(omnikvAlone, 3, async (_, directory) => {
    for (let i = 0; i < starts; i++) {
      await runOmnikv(directory, 'stop');
      const startedMs = performance.now();
      await runOmnikv(directory, 'start');
      await runOmnikv(directory, 'put', 'first', String(i));
      times.push(performance.now() - startedMs);
      say(`start ${i + 1}: ${(times.at(-1) ?? NaN).toFixed(0)} ms`);
    }
  });
  return times;
}

await runScript('bench:start', async () => {
  const given = readArguments({ repetitions: '21', starts: '5' });
  const times = await measureCommands(given.count('repetitions'));
  const starts = await measureStarts(given.count('starts'));
  const nodeMs = median(times.get(NODE) ?? []);
  const targets: Target[] = [...times].map(([name, all]) => {
    const ratio = median(all) / nodeMs;
    const isPromised = PROMISED.includes(name);
    return {
      what: name === NODE ? name : `omnikv ${name}`,
      measured: `${median(all).toFixed(0)} ms, ${ratio.toFixed(2)} × ${NODE}`,
      target: isPromised ? `≤ ${MAX_RATIO} ×` : '',
      holds: isPromised ? ratio <= MAX_RATIO : undefined,
    };
  });
  const startMs = median([...starts]);
  targets.push({
    what: 'omnikv start to the first acknowledged write',
    measured: `${startMs.toFixed(0)} ms`,
    target: `≤ ${MAX_START_MS} ms`,
    holds: startMs <= MAX_START_MS,
  });
  reportTargets(
    { targets, figures: { commands: Object.fromEntries(times), starts } },
    given.isJson,
  );
});
