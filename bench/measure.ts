/** Runs one load process and reads its line. */

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { LoadOptions, LoadResult } from './load-process.js';

const LOAD_PROCESS = fileURLToPath(new URL('./load-process.js', import.meta.url));

export async function measure(driverUrl: string, options: LoadOptions): Promise<LoadResult> {
  const args = [LOAD_PROCESS, driverUrl, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await text(child.stdout);
  if (line === '') throw new Error(`the load on ${driverUrl} ended without a result`);
  return JSON.parse(line) as LoadResult;
}
