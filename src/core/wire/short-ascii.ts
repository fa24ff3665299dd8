/**
 * A few ASCII bytes as a string, in one step.
 *
 * Each step more makes one string more, and a call into the engine's decoder takes longer than all of
 * this: keys of the usual length are made twice as fast as four characters at a time.
 */

const { fromCharCode } = String;

export const MAX_SHORT_ASCII = 12;

/** The `length` bytes from `from` on: all below 0x80. For at most `MAX_SHORT_ASCII` bytes. */
export function shortAscii(bytes: Uint8Array, from: number, length: number): string {
  const b = (i: number): number => bytes[from + i]!;
  switch (length) {
    case 0:
      return '';
    case 1:
      return fromCharCode(b(0));
    case 2:
      return fromCharCode(b(0), b(1));
    case 3:
      return fromCharCode(b(0), b(1), b(2));
    case 4:
      return fromCharCode(b(0), b(1), b(2), b(3));
    case 5:
      return fromCharCode(b(0), b(1), b(2), b(3), b(4));
    case 6:
      return fromCharCode(b(0), b(1), b(2), b(3), b(4), b(5));
    case 7:
      return fromCharCode(b(0), b(1), b(2), b(3), b(4), b(5), b(6));
    case 8:
      return fromCharCode(b(0), b(1), b(2), b(3), b(4), b(5), b(6), b(7));
    case 9:
      return fromCharCode(b(0), b(1), b(2), b(3), b(4), b(5), b(6), b(7), b(8));
    case 10:
      return fromCharCode(b(0), b(1), b(2), b(3), b(4), b(5), b(6), b(7), b(8), b(9));
    case 11:
      return fromCharCode(b(0), b(1), b(2), b(3), b(4), b(5), b(6), b(7), b(8), b(9), b(10));
    case 12:
      return fromCharCode(b(0), b(1), b(2), b(3), b(4), b(5), b(6), b(7), b(8), b(9), b(10), b(11));
    default:
      return fromCharCode(...bytes.subarray(from, from + length));
  }
}
