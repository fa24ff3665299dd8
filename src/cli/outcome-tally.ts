/**
 * How many operations of a run ended in which way, and the exit status that says so.
 *
 * 0 where all are done; 75 where the outcome of one is unknown; the status of those that failed
 * where it is the same for all of them, else 1. What was not sent has another's failure as cause.
 */

import { OmnikvError } from '../core/errors.js';
import type { Outcome } from './operation-outcome.js';
import type { JsonObject } from './output.js';

interface Place {
  readonly line: number;
  readonly error: OmnikvError;
}

export class OutcomeTally {
  #okCount = 0;
  #failedCount = 0;
  #unknownCount = 0;
  #firstFailed: Place | undefined;
  #firstUnknown: Place | undefined;
  #isMixed = false;

  add(line: number, outcome: Outcome): void {
    if (outcome.kind === 'ok') {
      this.#okCount += 1;
      return;
    }
    const { error } = outcome;
    if (outcome.kind === 'unknown') {
      this.#unknownCount += 1;
      if (this.#isEarlier(line, this.#firstUnknown)) this.#firstUnknown = { line, error };
      return;
    }
    this.#failedCount += 1;
    if (error.code === 'OMNIKV_NOT_SENT') return;
    this.#isMixed ||=
      this.#firstFailed !== undefined && this.#firstFailed.error.exit !== error.exit;
    if (this.#isEarlier(line, this.#firstFailed)) this.#firstFailed = { line, error };
  }

  get count(): number {
    return this.#okCount + this.#failedCount + this.#unknownCount;
  }

  toJson(): JsonObject {
    const { count } = this;
    return {
      operations: count,
      done: this.#okCount,
      failed: this.#failedCount,
      unknown: this.#unknownCount,
    };
  }

  describe(): string {
    const parts = [`${this.#okCount} of ${this.count} operations done`];
    if (this.#failedCount > 0) parts.push(`${this.#failedCount} failed`);
    if (this.#unknownCount > 0) parts.push(`${this.#unknownCount} of unknown outcome`);
    return parts.join(', ');
  }

  /** Undefined where all are done. */
  error(): OmnikvError | undefined {
    const place = this.#firstUnknown ?? this.#firstFailed;
    if (place === undefined) {
      if (this.#failedCount === 0) return undefined;
      return new OmnikvError('OMNIKV_NOT_SENT', this.describe());
    }
    const { line, error } = place;
    const message = `${this.describe()}; line ${line}: ${error.message}`;
    const isMixed = this.#firstUnknown === undefined && this.#isMixed;
    if (isMixed) return new OmnikvError('OMNIKV_OPERATIONS_FAILED', message);
    const { suggestions } = error;
    return new OmnikvError(error.code, message, { suggestions, cause: error });
  }

  #isEarlier(line: number, place: Place | undefined): boolean {
    return place === undefined || line < place.line;
  }
}
