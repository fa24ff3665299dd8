/**
 * Bytes a second as people write them: 500B, 100KiB, 1.5MiB, also with /s behind it.
 */

import { OmnikvError } from '../core/errors.js';
import { quoteForMessage } from './output.js';

const UNITS = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
} as const;
const MAX_BYTES_PER_SECOND = 100 * UNITS.GiB;

/** A whole number of at least 1. Throws `OMNIKV_USAGE`. */
export function parseByteRate(text: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,9})?)(B|[KMG]i?B)(?:\/s)?$/.exec(text);
  const unit = match?.[2] as keyof typeof UNITS | undefined;
  const rate = unit === undefined ? Number.NaN : Math.round(Number(match?.[1]) * UNITS[unit]);
  if (rate >= 1 && rate <= MAX_BYTES_PER_SECOND) return rate;
  const message = `${quoteForMessage(text)} is no rate; write 500B, 100KiB or 1MiB a second (1B to 100GiB)`;
  const isBare = /^\d{1,12}$/.test(text);
  throw new OmnikvError('OMNIKV_USAGE', message, {
    suggestions: isBare ? [`write ${text}B for bytes, ${text}KiB for 1024 times as many`] : [],
  });
}

export function formatByteRate(bytesPerSecond: number): string {
  for (const unit of ['GiB', 'MiB', 'KiB'] as const) {
    const amount = bytesPerSecond / UNITS[unit];
    if (amount >= 1) return `${Number(amount.toFixed(2))} ${unit}/s`;
  }
  return `${bytesPerSecond} B/s`;
}
