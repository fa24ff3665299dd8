/** Processes of the systems that are measured: stopped by whoever started them. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 20;
const STOP_TIMEOUT_MS = 5_000;

export function startProcess(
  command: string,
  args: readonly string[],
  logPath: string,
): ChildProcess {
  const log = openSync(logPath, 'a');
  try {
    return spawn(command, args, { stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  // Ctrl-C reaches the whole group: it may be gone.
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

export async function stopAll(children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(children.map(stopProcess));
}

/** Ports of loopback that are free now, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return ports;
}

/** Tries until `attempt` is true. What it throws meanwhile only counts at the end. */
export async function untilReady(what: string, attempt: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  let cause: unknown;
  while (performance.now() < deadlineMs) {
    try {
      if (await attempt()) return;
    } catch (error) {
      cause = error;
    }
    await sleep(READY_POLL_MS);
  }
  throw new Error(`${what} was not ready within ${READY_TIMEOUT_MS / 1_000} s`, { cause });
}
