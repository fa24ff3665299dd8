/**
 * The one place that decides how the process ends when something is wrong (D17).
 *
 * No caller may catch what comes here and go on. The reason is left in `run/nodeN.failure.json`
 * and in the log, as far as that is possible; then the process exits with the status of the error.
 */

import { AssertionError } from '../assert.js';
import { EXIT, OmnikvError, describeError, type ErrorId } from '../errors.js';
import type { FailureFile } from '../config/run-file.js';

/** Errors of system calls carry these names; see errno(3). */
const ERRNO = /^E[A-Z0-9]+$/;

export interface FatalSinks {
  /** Best effort: nothing here may keep the process from ending. */
  readonly report: (failure: FailureFile, error: unknown) => void;
  readonly exit: (status: number) => never;
}

/** What an error means for whoever started the node. */
export function toFailure(error: unknown): FailureFile {
  if (error instanceof OmnikvError) {
    const { code, message, exit, suggestions } = error;
    return { code, message, exit, suggestions };
  }
  if (error instanceof AssertionError) return failure('OMNIKV_INTERNAL', error.message);
  if (isSystemError(error)) return failure('OMNIKV_IO', error.message);
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return failure('OMNIKV_INTERNAL', message);
}

export class FatalHandler {
  readonly #sinks: FatalSinks;
  #isEnding = false;

  constructor(sinks: FatalSinks) {
    this.#sinks = sinks;
  }

  /** Does not return. The first error is the reason; one that comes while ending says nothing. */
  readonly end = (error: unknown): never => {
    const what = toFailure(error);
    if (!this.#isEnding) {
      this.#isEnding = true;
      try {
        this.#sinks.report(what, error);
      } catch {
        // D17: the process ends whether or not its last words can be written.
      }
    }
    return this.#sinks.exit(what.exit === EXIT.done ? EXIT.failed : what.exit);
  };
}

function failure(code: ErrorId, message: string): FailureFile {
  const { exit, next } = describeError(code);
  return { code, message, exit, suggestions: [next] };
}

function isSystemError(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && ERRNO.test(code);
}
