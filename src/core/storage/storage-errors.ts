/**
 * The errors of this room, each with file and offset, so that a person can look there.
 */

import { AssertionError } from '../assert.js';
import { OmnikvError } from '../errors.js';

export function corruptData(file: string, offset: number, what: string): OmnikvError {
  return new OmnikvError('OMNIKV_CORRUPT_DATA', `${file} at offset ${offset}: ${what}`);
}

export function unsupportedFormat(file: string, what: string): OmnikvError {
  return new OmnikvError('OMNIKV_UNSUPPORTED_FORMAT', `${file}: ${what}`);
}

export function identityMismatch(file: string, what: string): OmnikvError {
  return new OmnikvError('OMNIKV_IDENTITY_MISMATCH', `${file}: ${what}`);
}

export function dataMissing(path: string, what: string): OmnikvError {
  return new OmnikvError('OMNIKV_DATA_MISSING', `${path}: ${what}`);
}

/** An error of the file system, with what was being done. One that has an id keeps it. */
export function ioError(path: string, action: string, cause: unknown): Error {
  if (cause instanceof OmnikvError || cause instanceof AssertionError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OmnikvError('OMNIKV_IO', `${action} ${path}: ${reason}`, { cause });
}

/** Runs file-system calls; what they throw becomes OMNIKV_IO. */
export function withIo<R>(path: string, action: string, run: () => R): R {
  try {
    return run();
  } catch (error) {
    throw ioError(path, action, error);
  }
}
