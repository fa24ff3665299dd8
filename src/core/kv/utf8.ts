/**
 * Keys and texts as UTF-8: their size and their order, without encoding them.
 *
 * A string with a lone surrogate has no UTF-8 form; it is refused rather than replaced. Keys are
 * ordered by their UTF-8 bytes, which is the order of code points and not JavaScript's `<`: that one
 * compares UTF-16 units and puts U+10000 and above before U+E000 to U+FFFF.
 */

const FIRST_SURROGATE = 0xd800;
const FIRST_LOW_SURROGATE = 0xdc00;
const AFTER_SURROGATES = 0xe000;

/** The length in UTF-8; undefined where the text has a lone surrogate. */
export function utf8SizeBytes(text: string): number | undefined {
  let sizeBytes = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) sizeBytes += 1;
    else if (unit < 0x800) sizeBytes += 2;
    else if (unit < FIRST_SURROGATE || unit >= AFTER_SURROGATES) sizeBytes += 3;
    else {
      if (unit >= FIRST_LOW_SURROGATE) return undefined;
      const next = text.charCodeAt(++at);
      if (!(next >= FIRST_LOW_SURROGATE && next < AFTER_SURROGATES)) return undefined;
      sizeBytes += 4;
    }
  }
  return sizeBytes;
}

/** Negative, zero or positive, by UTF-8 bytes. Both strings are valid Unicode. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const difference = a.charCodeAt(at) - b.charCodeAt(at);
    if (difference === 0) continue;
    return rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above U+FFFF: they move behind U+E000 to U+FFFF. */
function rank(unit: number): number {
  if (unit < FIRST_SURROGATE) return unit;
  return unit >= AFTER_SURROGATES ? unit - 0x800 : unit + 0x2000;
}
