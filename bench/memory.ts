/**
 * Resident memory of a node: idle, and with many keys of 8-byte values.
 *
 * npm run bench:memory -- --steps 200000,1000000 --settle 10
 *
 * Three nodes, filled at full speed by this process; each figure is the largest VmRSS of the three,
 * after as many seconds of rest. Nothing is asked to collect its garbage; V8 does it by itself once a
 * node has had nothing to do for eight seconds.
 */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readArguments } from './bench-options.js';
import { connectTo, fillKeys, runScript, withSystem } from './bench-run.js';
import type { RunningNode } from './system.js';
import { omnikvAlone } from './systems.js';
import { reportTargets, say, type Target } from './targets.js';

const CONCURRENCY = 256;
/** MB of 10^6 bytes by key count. */
const TARGET_MB: ReadonlyMap<number, number> = new Map([
  [0, 60],
  [200_000, 110],
  [1_000_000, 300],
]);

interface Step {
  readonly keyCount: number;
  /** One a node. */
  readonly residentMb: readonly number[];
}

/** Of /proc/PID/status, in MB. */
function residentMb({ osPid }: RunningNode): number {
  const text = readFileSync(`/proc/${osPid}/status`, 'utf8');
  const kibibytes = /^VmRSS:\s+([0-9]+) kB$/m.exec(text)?.[1];
  return (Number(kibibytes ?? NaN) * 1_024) / 1e6;
}

function targetOf({ keyCount, residentMb: figures }: Step): Target {
  const target = TARGET_MB.get(keyCount);
  const largest = Math.max(...figures);
  return {
    what: keyCount === 0 ? 'idle' : `${keyCount.toLocaleString('en')} keys`,
    measured: `${largest.toFixed(0)} MB`,
    target: target === undefined ? '' : `≤ ${target} MB`,
    holds: target === undefined ? undefined : largest <= target,
  };
}

await runScript('bench:memory', async () => {
  const given = readArguments({ steps: '200000,1000000', settle: '10', nodes: '3' });
  const settleMs = 1_000 * given.count('settle');
  const keyCounts = [0, ...given.list('steps').map(Number)];
  const steps = await withSystem(omnikvAlone, given.count('nodes'), async (running) => {
    const driver = await connectTo(omnikvAlone, {
      address: running.address,
      concurrency: CONCURRENCY,
      valueBytes: 8,
    });
    const measured: Step[] = [];
    let from = 0;
    for (const keyCount of keyCounts) {
      await fillKeys(driver, { from, to: keyCount, concurrency: CONCURRENCY });
      from = keyCount;
      await sleep(settleMs);
      const step = { keyCount, residentMb: running.nodes.map(residentMb) };
      say(`${keyCount} keys: ${step.residentMb.map((mb) => mb.toFixed(1)).join(', ')} MB`);
      measured.push(step);
    }
    await driver.close();
    return measured;
  });
  reportTargets({ targets: steps.map(targetOf), figures: steps }, given.isJson);
});
