/**
 * How the process ends: everything written first, and silently where the reader has gone.
 */

import { EXIT } from '../core/errors.js';

/** To be called before anything is written. */
export function endOnBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endOnBrokenPipe);
}

/** Node writes to pipes without waiting: exit alone would cut a large answer. */
export async function endProcess(): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(flushed));
  process.exit(process.exitCode ?? EXIT.done);
}

async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.write('', () => resolve());
  });
}

function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  // A command that has something to put right hears of it as of a signal.
  if (error.code === 'EPIPE' && process.emit('SIGPIPE', 'SIGPIPE')) return;
  // The reader has what it wanted (`omnikv scan | head -1`).
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done);
  throw error;
}
