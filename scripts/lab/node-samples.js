/**
 * What running nodes show from outside and of themselves: memory, open files, who leads.
 *
 * Read from /proc and from the nodes' status. A node that does not answer (it is stopped) still has
 * its memory and files; what it would have said is undefined.
 */

import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const STATUS_DEADLINE_MS = 2_000;
const MIB = 1024;

/** @param {number} osPid */
async function residentMib(osPid) {
  const status = await readFile(`/proc/${osPid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / MIB;
}

/** By pid, the process of each node. @returns {Promise<Map<number, number>>} */
export async function osPidsOf(client, pids) {
  const statuses = await Promise.all(pids.map((pid) => client.status(pid)));
  return new Map(statuses.map((status) => [status.pid, status.osPid]));
}

/** Memory alone: it costs the nodes nothing. @param {Map<number, number>} osPids */
export async function memoryOf(osPids) {
  const entries = [...osPids].map(async ([pid, osPid]) => [pid, await residentMib(osPid)]);
  return new Map(await Promise.all(entries));
}

/** One line for each node. @param {Map<number, number>} osPids */
export async function sampleNodes(client, osPids) {
  const sample = async ([pid, osPid]) => {
    const [memoryMib, files, status] = await Promise.all([
      residentMib(osPid),
      readdir(`/proc/${osPid}/fd`).then((names) => names.length),
      client.status(pid, { deadlineMs: STATUS_DEADLINE_MS }).catch(() => undefined),
    ]);
    return {
      pid,
      memoryMib,
      files,
      leader: status?.leader ?? undefined,
      // The round of agreement: it changes with each election, also where the leader is the same.
      ballot: status?.promise,
      loopDelayP99Ms: status?.loopDelay?.p99Ms,
    };
  };
  return await Promise.all([...osPids].map(sample));
}

/** Milliseconds until all have applied as much, with nothing written meanwhile. */
export async function waitUntilLevel(client, pids, deadlineMs) {
  const startedMs = performance.now();
  for (;;) {
    const statuses = await Promise.all(
      pids.map((pid) => client.status(pid).catch(() => undefined)),
    );
    const lengths = statuses.map((status) => status?.appliedIdx);
    if (lengths[0] !== undefined && new Set(lengths).size === 1) {
      return performance.now() - startedMs;
    }
    if (performance.now() - startedMs > deadlineMs) {
      throw new Error(`after ${deadlineMs} ms the nodes have applied ${lengths.join(', ')}`);
    }
    await sleep(50);
  }
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
