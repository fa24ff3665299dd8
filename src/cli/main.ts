/**
 * Where the command line begins and ends.
 *
 * It hands the arguments to oclif, and makes sure of what oclif does not promise: one envelope
 * also for errors outside a command, no stack trace, an exit status that is ours, and silence when
 * the reader of a pipe goes away.
 */

import { run } from '@oclif/core/run';
import { prepareArguments, wantsJson } from './arguments.js';
import { endOnBrokenPipes, endProcess } from './end-process.js';
import { Output } from './output.js';
import { toOmnikvError } from './to-omnikv-error.js';

export async function main(argv: readonly string[], binUrl: string): Promise<void> {
  endOnBrokenPipes();
  const prepared = prepareArguments(argv);
  try {
    await run([...prepared], binUrl);
  } catch (error) {
    reportOutsideCommand(error, prepared);
  }
  await endProcess();
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
