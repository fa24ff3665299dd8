/**
 * An error that comes with an answer: `status` of a degraded cluster still shows the nodes.
 *
 * Under --json the answer's fields stand beside `error` in the one envelope.
 */

import type { OmnikvError } from '../core/errors.js';
import type { JsonObject } from './output.js';

export class AnsweredError extends Error {
  override readonly name = 'AnsweredError';
  readonly error: OmnikvError;
  readonly answer: JsonObject;

  constructor(error: OmnikvError, answer: JsonObject) {
    super(error.message, { cause: error });
    this.error = error;
    this.answer = answer;
  }
}
