/**
 * What is wrong with a line of operations, and where in it.
 */

import { OmnikvError } from '../core/errors.js';
import type { ErrorId } from '../core/errors.js';

export class LineError extends OmnikvError {
  override readonly name = 'LineError';
  /** In UTF-16 units, from 0. */
  readonly at: number;

  constructor(at: number, message: string, next: readonly string[], code?: ErrorId) {
    const suggestions = next.length > 0 ? next : ['omnikv batch --help shows the syntax of a line'];
    super(code ?? 'OMNIKV_USAGE', message, { suggestions });
    this.at = at;
  }

  /** Gives an error that `work` throws its place. */
  static within<Result>(at: number, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof OmnikvError) || error instanceof LineError) throw error;
      throw new LineError(at, error.message, error.suggestions, error.code);
    }
  }
}
