/**
 * N10: whatever the bytes, a decoder answers with a value or a typed error. The million mutants are
 * in test/fuzz; here are enough of them to notice a broken codec.
 */

import { describe, expect, it } from 'vitest';

import { decodePeerMessage, encodePeerMessage } from '../../src/core/wire/index.js';
import { fuzzFrames } from '../fuzz/fuzz-frames.js';
import { bodyOf, join } from './frames.js';

describe('decoding is total', () => {
  it('N5, N10: 20,000 mutated frames give a value or a typed error', () => {
    const { refused, accepted } = fuzzFrames({ frames: 20_000, seed: 'wire' });
    expect(refused).toBeGreaterThan(10_000);
    expect(accepted).toBeGreaterThan(1_000);
  });

  it('N10: a count that the bytes cannot hold is refused before an array is made', () => {
    const message = encodePeerMessage({
      configurationId: 1,
      from: 1,
      to: 2,
      body: { kind: 'proposalForward', entries: [] },
    });
    const body = bodyOf(message);
    // The count is the last byte: 2^53 - 1 in its place.
    const forged = join([
      body.subarray(0, body.length - 1),
      Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]),
    ]);
    expect(decodePeerMessage(forged)).toMatchObject({
      ok: false,
      error: { reason: expect.stringMatching(/entries announced/) as string },
    });
  });
});
