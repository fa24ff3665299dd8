/** Copies that share slabs: each is the bytes it was made of, whatever happens beside it. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SlabCopies } from '../../src/core/wire/slab-copies.js';

const SLAB_BYTES = 64 * 1024;

describe('slab copies', () => {
  it('keep their bytes when the source and every other copy are overwritten', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: SLAB_BYTES / 8 + 1 }), { maxLength: 40 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 9 }), (sizesBytes, from) => {
        const copies = new SlabCopies();
        const source = new Uint8Array(from + SLAB_BYTES);
        const made = sizesBytes.map((sizeBytes, i) => {
          source.fill(i + 1);
          return copies.copy(source, from, from + sizeBytes);
        });
        source.fill(0xff);
        expect(made.map((copy) => copy.length)).toEqual(sizesBytes);
        for (const [i, copy] of made.entries()) {
          expect(copy.every((byte) => byte === i + 1)).toBe(true);
          copy.fill(0xfe);
        }
      }),
    );
  });

  it('of a view are those of the view, not of its buffer', () => {
    const bytes = Uint8Array.from({ length: 400 }, (_, i) => i & 0xff);
    const view = bytes.subarray(100, 300);
    expect(new SlabCopies().copy(view, 10, 110)).toEqual(bytes.slice(110, 210));
  });

  it('share a slab up to an eighth of it: a large one keeps no more alive than itself', () => {
    const copies = new SlabCopies();
    const source = new Uint8Array(SLAB_BYTES);
    const [first, second] = [copies.copy(source, 0, 1_000), copies.copy(source, 0, 1_000)];
    expect(first.buffer).toBe(second.buffer);
    expect(first.buffer.byteLength).toBe(SLAB_BYTES);
    const large = copies.copy(source, 0, SLAB_BYTES / 8 + 1);
    expect(large.buffer.byteLength).toBe(large.length);
  });
});
