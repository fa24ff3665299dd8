/**
 * Where the command line begins and ends.
 *
 * It hands the arguments to oclif, and makes sure of what oclif does not promise: one envelope
 * also for errors outside a command, no stack trace, an exit status that is ours, and silence when
 * the reader of a pipe goes away.
 */

import { run } from '@oclif/core/run';
import { EXIT } from '../core/errors.js';
import { prepareArguments, wantsJson } from './arguments.js';
import { Output } from './output.js';
import { toOmnikvError } from './to-omnikv-error.js';

export async function main(argv: readonly string[], binUrl: string): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endOnBrokenPipe);
  const prepared = prepareArguments(argv);
  try {
    await run([...prepared], binUrl);
  } catch (error) {
    reportOutsideCommand(error, prepared);
  }
  // Node writes to pipes without waiting: exit alone would cut a large answer.
  await Promise.all([process.stdout, process.stderr].map(flushed));
  process.exit(process.exitCode ?? EXIT.done);
}

async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.write('', () => resolve());
  });
}

function reportOutsideCommand(error: unknown, argv: readonly string[]): void {
  // A command has reported its own error and left its status (base-command.ts).
  if (error instanceof Error && 'code' in error && error.code === 'EEXIT') return;
  const output = new Output({
    isJson: wantsJson(argv),
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
  });
  const known = toOmnikvError(error);
  output.failure(known);
  if (error instanceof Error) output.debug(error);
  process.exitCode = known.exit;
}

function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  // A command that has something to put right hears of it as of a signal.
  if (error.code === 'EPIPE' && process.emit('SIGPIPE', 'SIGPIPE')) return;
  // The reader has what it wanted (`omnikv scan | head -1`).
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done);
  throw error;
}
