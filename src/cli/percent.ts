/**
 * Shares as people write them: 5%, 0.5%, 100%.
 *
 * A bare number is refused: whether 0.5 means a half or a two-hundredth is a guess.
 */

import { OmnikvError } from '../core/errors.js';
import { quoteForMessage } from './output.js';

/** 0 to 1. Throws `OMNIKV_USAGE`. */
export function parsePercent(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,9})?)%$/.exec(text);
  const percent = match === null ? Number.NaN : Number(match[1]);
  if (percent <= 100) return percent / 100;
  const shown = quoteForMessage(text);
  const message =
    percent > 100
      ? `${shown} is too much: 100% is all of them`
      : `${shown} is no percentage; write 5% or 0.5% (0% to 100%)`;
  const isBare = /^\d{1,9}(\.\d{1,9})?$/.test(text) && Number(text) <= 100;
  throw new OmnikvError('OMNIKV_USAGE', message, { suggestions: isBare ? [`write ${text}%`] : [] });
}

/** `5 %`, without the noise of binary fractions. */
export function formatPercent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
