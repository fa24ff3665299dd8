/**
 * N10: whatever the bytes, a decoder answers with a value or a typed error. Valid encodings are
 * flipped, cut, spliced and given false lengths; and there is plain noise.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Decoded } from '../../src/core/wire/index.js';
import {
  decodeClientRequest,
  decodeCommand,
  decodeHello,
  decodeHelloReply,
  decodePeerMessage,
  decodeServerReply,
  encodeClientRequest,
  encodeCommand,
  encodeHello,
  encodeHelloReply,
  encodePeerMessage,
  encodeServerReply,
  FrameReader,
  peekPeerSender,
} from '../../src/core/wire/index.js';
import * as arbitrary from './arbitraries.js';
import { bodyOf, join, readAll } from './frames.js';
import { mutate, noise, prng } from './mutation.js';

const DECODERS: readonly ((bytes: Uint8Array) => Decoded<unknown>)[] = [
  decodeCommand,
  decodeClientRequest,
  decodeServerReply,
  decodePeerMessage,
  decodeHello,
  decodeHelloReply,
];
const SEED = 20_240_611;
const SAMPLES = 150;

function sample<T>(values: fc.Arbitrary<T>, encode: (value: T) => Uint8Array): Uint8Array[] {
  return fc.sample(values, { numRuns: SAMPLES, seed: SEED }).map(encode);
}

const FRAMES: readonly Uint8Array[] = [
  ...sample(arbitrary.clientRequest, encodeClientRequest),
  ...sample(arbitrary.serverReply, encodeServerReply),
  ...sample(arbitrary.peerMessage, encodePeerMessage),
  ...sample(arbitrary.hello, encodeHello),
  ...sample(arbitrary.helloReply, encodeHelloReply),
];
const BODIES: readonly Uint8Array[] = [
  ...FRAMES.map(bodyOf),
  ...sample(arbitrary.command, encodeCommand),
];

/** Fails by itself where a decoder throws. */
function decodeByAll(bytes: Uint8Array): void {
  for (const decode of DECODERS) {
    const decoded = decode(bytes);
    if (decoded.ok) continue;
    expect(decoded.error.code).toBe('OMNIKV_PROTOCOL');
    expect(decoded.error.reason).not.toBe('');
    expect(decoded.error.reason.length).toBeLessThan(200);
  }
  peekPeerSender(bytes);
}

describe('decoding is total', () => {
  it('N10: 60,000 mutated bodies give a value or a typed error', () => {
    const random = prng(SEED);
    for (let i = 0; i < 10_000; i++) decodeByAll(mutate(BODIES, random));
  });

  it('N10: noise gives a value or a typed error', () => {
    const random = prng(SEED + 1);
    for (let i = 0; i < 3_000; i++) decodeByAll(noise(random, 300));
  });

  it('N5, N10: 50,000 mutated frames give frames up to the damage and then one error', () => {
    const random = prng(SEED + 2);
    let damaged = 0;
    for (let i = 0; i < 50_000; i++) {
      const before = FRAMES[i % FRAMES.length]!;
      const mutant = mutate(FRAMES, random);
      const results = readAll(new FrameReader(1 << 16), [join([before, mutant])]);
      expect(results[0]?.kind).toBe('frame');
      const last = results.at(-1);
      if (last?.kind === 'error') damaged++;
    }
    // Otherwise the mutants would be harmless and the test would say nothing.
    expect(damaged).toBeGreaterThan(20_000);
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
