/** Runs the load processes side by side, from one start, and adds up what they saw. */

import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { mergeLatencies, type LoadResult } from './latencies.js';
import { partsOf, type LoadOptions, type LoadPart } from './load-options.js';
import type { PartResult } from './load-process.js';

const LOAD_PROCESS = fileURLToPath(new URL('./load-process.js', import.meta.url));

export interface Load {
  readonly driverUrl: string;
  readonly options: LoadOptions;
  readonly signal: AbortSignal;
}

export interface Measured {
  readonly result: LoadResult;
  /** Acknowledged since the system was started. */
  readonly putCount: number;
}

interface LoadProcess {
  readonly child: ChildProcess;
  readonly begin: (startAtEpochMs: number) => void;
  /** The next line that it prints. */
  readonly line: () => Promise<string>;
}

export async function measure({ driverUrl, options, signal }: Load): Promise<Measured> {
  const processes = partsOf(options).map((part) => startLoad(driverUrl, part, signal));
  try {
    await Promise.all(processes.map(({ line }) => line()));
    const startAtEpochMs = Date.now() + options.warmUpMs;
    for (const { begin } of processes) begin(startAtEpochMs);
    const lines = await Promise.all(processes.map(({ line }) => line()));
    const parts = lines.map((line) => JSON.parse(line) as PartResult);
    const latencies = parts.map((part) => part.latencies);
    return {
      result: mergeLatencies(latencies, options.durationMs),
      putCount: parts.reduce((sum, part) => sum + part.putCount, 0),
    };
  } finally {
    for (const { child } of processes) child.kill('SIGKILL');
  }
}

function startLoad(driverUrl: string, part: LoadPart, signal: AbortSignal): LoadProcess {
  const args = [LOAD_PROCESS, driverUrl, JSON.stringify(part)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], signal });
  // Whatever ends it ends its output, and that is what is noticed.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    begin: (startAtEpochMs) => child.stdin.end(`${startAtEpochMs}\n`),
    line: async () => {
      const next = await lines.next();
      if (next.done !== true) return next.value;
      if (signal.aborted) throw new Error('interrupted');
      throw new Error(`the load on ${driverUrl} ended without a result`);
    },
  };
}
