/**
 * A scan of any length as pages: each is one read, the next begins behind the last key of it.
 *
 * The pages together are no snapshot: a key changed between two pages shows as its page saw it.
 */

import { OmnikvError } from '../errors.js';
import { checkScanBounds } from '../kv/validate.js';
import { MAX_SCAN_LIMIT } from '../limits.js';
import type { ScanItem, ScanRange } from '../wire/client-messages.js';
import type { ScanOptions, ScanPage } from './options.js';

interface Answer {
  readonly items: readonly ScanItem[];
  readonly appliedIdx: number;
  readonly hasMore: boolean;
}

export async function* readPages(
  options: ScanOptions,
  read: (range: ScanRange) => Promise<Answer>,
): AsyncGenerator<ScanPage, void> {
  let left = options.limit ?? Number.MAX_SAFE_INTEGER;
  let range = firstRange(options, left);
  const violation = checkScanBounds({ ...range, limit: left });
  if (violation !== undefined) throw new OmnikvError(violation.code, violation.message);
  for (;;) {
    const { items, appliedIdx, hasMore } = await read(range);
    left -= items.length;
    yield { items, appliedIdx };
    const last = items.at(-1);
    if (!hasMore || last === undefined || left <= 0) return;
    range = { ...rangeBehind(range, last.key), limit: Math.min(left, MAX_SCAN_LIMIT) };
  }
}

function firstRange(options: ScanOptions, limit: number): ScanRange {
  return {
    prefix: options.prefix ?? '',
    from: options.from,
    to: options.to,
    limit: Math.min(limit, MAX_SCAN_LIMIT),
    isReverse: options.isReverse ?? false,
    isKeysOnly: options.isKeysOnly ?? false,
  };
}

/** No key lies between a key and the same with a zero byte behind it. */
function rangeBehind(range: ScanRange, lastKey: string): ScanRange {
  return range.isReverse ? { ...range, to: lastKey } : { ...range, from: `${lastKey}\0` };
}
