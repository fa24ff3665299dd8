/**
 * What ended a replica, as its process reports it (D17).
 */

import { OmnikvError } from '../errors.js';

/** The disk's own error says more than whatever noticed it first. */
export function asFatal(error: unknown, storageFailure: Error | undefined): unknown {
  if (storageFailure === undefined) return error;
  if (storageFailure instanceof OmnikvError) return storageFailure;
  return new OmnikvError('OMNIKV_IO', storageFailure.message, { cause: storageFailure });
}
