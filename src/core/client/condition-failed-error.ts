/**
 * The error of a change whose condition did not hold; it brings what the key holds instead.
 */

import { OmnikvError } from '../errors.js';
import type { VersionedValue } from '../kv/command.js';

export class ConditionFailedError extends OmnikvError {
  override readonly name = 'ConditionFailedError';
  /** What the key held when the condition was judged; undefined: no value. */
  readonly actual: VersionedValue | undefined;

  constructor(message: string, actual: VersionedValue | undefined) {
    super('OMNIKV_CONDITION_FAILED', message);
    this.actual = actual;
  }
}
