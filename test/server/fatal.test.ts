/**
 * One function decides how the process ends (D17).
 */

import { describe, expect, it } from 'vitest';

import { AssertionError } from '../../src/core/assert.js';
import type { FailureFile } from '../../src/core/config/run-file.js';
import { OmnikvError } from '../../src/core/errors.js';
import { FatalHandler, toFailure } from '../../src/core/server/fatal.js';

class Exit extends Error {
  constructor(readonly status: number) {
    super(`exit ${status}`);
  }
}

function exiting(report: (failure: FailureFile) => void) {
  return new FatalHandler({
    report,
    exit: (status) => {
      throw new Exit(status);
    },
  });
}

describe('a fatal error', () => {
  it.each([
    [new OmnikvError('OMNIKV_IO', 'fdatasync: EIO'), 'OMNIKV_IO', 74],
    [new OmnikvError('OMNIKV_CORRUPT_DATA', 'segment 3'), 'OMNIKV_CORRUPT_DATA', 65],
    [new OmnikvError('OMNIKV_DATA_IN_USE', 'held'), 'OMNIKV_DATA_IN_USE', 73],
    [new OmnikvError('OMNIKV_CONFIG_CHANGED', 'peers'), 'OMNIKV_CONFIG_CHANGED', 78],
    [new AssertionError('a rule did not hold'), 'OMNIKV_INTERNAL', 1],
    [Object.assign(new Error('no space'), { code: 'ENOSPC' }), 'OMNIKV_IO', 74],
    [Object.assign(new Error('bad'), { code: 'ERR_INVALID_ARG_TYPE' }), 'OMNIKV_INTERNAL', 1],
    [new TypeError('x is undefined'), 'OMNIKV_INTERNAL', 1],
    ['thrown text', 'OMNIKV_INTERNAL', 1],
  ])('%s ends with %s and status %d', (error, code, exit) => {
    expect(toFailure(error)).toMatchObject({ code, exit });
    const reports: FailureFile[] = [];
    expect(() => exiting((failure) => reports.push(failure)).end(error)).toThrow(`exit ${exit}`);
    expect(reports).toHaveLength(1);
    expect(reports[0]?.suggestions.length).toBeGreaterThan(0);
  });

  it('is reported once: what comes while ending is not the reason', () => {
    const reports: FailureFile[] = [];
    const fatal = exiting((failure) => reports.push(failure));
    expect(() => fatal.end(new OmnikvError('OMNIKV_IO', 'first'))).toThrow(Exit);
    expect(() => fatal.end(new Error('second'))).toThrow(Exit);
    expect(reports.map((failure) => failure.message)).toEqual(['first']);
  });

  it('ends the process even where its last words cannot be written (D17)', () => {
    const fatal = exiting(() => {
      throw new Error('the disk is gone');
    });
    expect(() => fatal.end(new OmnikvError('OMNIKV_IO', 'EIO'))).toThrow('exit 74');
  });
});
