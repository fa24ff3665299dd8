/**
 * Which process is this? A pid alone is no answer: the kernel gives it to somebody else later.
 *
 * A process is named by pid, start time (field 22 of /proc/PID/stat) and boot id together (S5). A
 * zombie has a pid too, and counts as dead (S7, D30).
 */

import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly osPid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  readonly startTime: number;
  readonly bootId: string;
}

export interface ProcessStat {
  /** R, S, D, T, Z … as in proc(5). */
  readonly state: string;
  readonly startTime: number;
}

/** Changes with every boot of the machine. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Undefined where there is no such process. */
export function readProcessStat(osPid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${osPid}/stat`, 'latin1');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
  return parseProcessStat(text);
}

/** The command name stands in brackets and may hold anything: fields count from the last one. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const fields = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  const state = fields[0];
  const startTime = Number(fields[19]);
  if (state === undefined || !Number.isSafeInteger(startTime)) return undefined;
  return { state, startTime };
}

export function currentProcessIdentity(): ProcessIdentity {
  const stat = readProcessStat(process.pid);
  return { osPid: process.pid, startTime: stat?.startTime ?? 0, bootId: readBootId() };
}

/** True while exactly this process lives: same boot, same start time, not a zombie. */
export function isProcessAlive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== readBootId()) return false;
  const stat = readProcessStat(identity.osPid);
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return false;
  return stat.startTime === identity.startTime;
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ESRCH';
}
