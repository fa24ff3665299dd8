/**
 * A node with a long log: kill -9, then `recover`, until it serves.
 *
 * npm run bench:restart -- --entries 1000000 --repetitions 3
 *
 * Serving: the command has returned and the node has applied at least what it had before. The
 * command's own start is part of the figure. In turns one follower is killed, and the leader.
 */

import { connect } from 'omnikv/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { readArguments } from './bench-options.js';
import { connectTo, fillKeys, runScript, withSystem } from './bench-run.js';
import { nodesOf, runOmnikv, statusOf } from './omnikv/omnikv-system.js';
import { untilReady } from './processes.js';
import { median } from './report.js';
import { omnikvAlone } from './systems.js';
import { reportTargets, say } from './targets.js';

const CONCURRENCY = 256;
const TARGET_MS = 2_000;
const REST_MS = 2_000;

interface Restart {
  readonly role: string;
  readonly pid: number;
  /** Until the command returned. */
  readonly recoveredMs: number;
  readonly restartMs: number;
}

async function restartOne(directory: string, role: 'leader' | 'follower'): Promise<Restart> {
  const victim = (await statusOf(directory)).find((node) => node.role === role);
  if (victim === undefined) throw new Error(`no ${role}`);
  process.kill(victim.osPid, 'SIGKILL');
  const startedMs = performance.now();
  await runOmnikv(directory, 'recover', String(victim.pid));
  const recoveredMs = performance.now() - startedMs;
  const client = connect(await nodesOf(directory, 3));
  try {
    await untilReady(`node ${victim.pid}`, async () => {
      const { appliedIdx } = await client.status(victim.pid);
      return appliedIdx >= victim.appliedIdx;
    });
  } finally {
    client.close();
  }
  const restartMs = performance.now() - startedMs;
  const figures = `${restartMs.toFixed(0)} ms (the command ${recoveredMs.toFixed(0)})`;
  say(`${role} ${victim.pid}, ${victim.appliedIdx} entries: ${figures}`);
  return { role, pid: victim.pid, recoveredMs, restartMs };
}

await runScript('bench:restart', async () => {
  const given = readArguments({ entries: '1000000', repetitions: '3' });
  const entries = given.count('entries');
  const restarts = await withSystem(omnikvAlone, 3, async ({ address }, directory) => {
    const driver = await connectTo(omnikvAlone, {
      address,
      concurrency: CONCURRENCY,
      valueBytes: 8,
    });
    await fillKeys(driver, { from: 0, to: entries, concurrency: CONCURRENCY });
    await driver.close();
    const measured: Restart[] = [];
    for (let repetition = 1; repetition <= given.count('repetitions'); repetition++) {
      for (const role of ['follower', 'leader'] as const) {
        await sleep(REST_MS);
        measured.push(await restartOne(directory, role));
      }
    }
    return measured;
  });
  const targets = ['follower', 'leader'].map((role) => {
    const own = restarts.filter((restart) => restart.role === role);
    const ms = median(own.map(({ restartMs }) => restartMs));
    return {
      what: `${role} with ${entries.toLocaleString('en')} entries, median`,
      measured: `${ms.toFixed(0)} ms`,
      target: `≤ ${TARGET_MS} ms`,
      holds: ms <= TARGET_MS,
    };
  });
  reportTargets({ targets, figures: restarts }, given.isJson);
});
