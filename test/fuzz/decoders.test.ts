/**
 * A million malformed frames over the reader of frames and all decoders (N5, N10).
 *
 * More, or others: npm run fuzz -- --frames 20000000 --seed 7
 */

import { expect, it } from 'vitest';

import { sourceFiles } from '../style/sources.js';
import { fuzzFrames } from './fuzz-frames.js';

const FRAMES = Number(process.env.OMNIKV_FUZZ_FRAMES ?? 1_000_000);
const SEED = process.env.OMNIKV_FUZZ_SEED ?? '1';
/** Generous: another program may have the machine. */
const TIMEOUT_MS = 60_000 + FRAMES / 5;

/** So many do not fit a mutant; test/wire/limits.test.ts and frame-batch.test.ts make them. */
const OUT_OF_REACH = ['too many items', 'more than ${maxItems} items in a frame'];

/** Every refusal that stands in the sources of the decoders, as a pattern. */
function refusals(): RegExp[] {
  const files = sourceFiles(['src/core/wire']);
  const literals = files.flatMap(({ text }) => {
    const thrown = text.matchAll(/new DecodeFailure\(\s*(['`])([^]*?)\1,?\s*\)/g);
    const failed = text.matchAll(/(?:this\.fail\(|return )(['`])([a-z][^'`]*)\1/g);
    return [...thrown, ...(text.includes('class FrameReader') ? failed : [])];
  });
  return literals
    .map(([, , text]) => text ?? '')
    .filter((text) => !OUT_OF_REACH.includes(text))
    .map((text) => {
      const parts = text
        .split(/\$\{[^}]*\}/)
        .map((part) => part.replace(/[.^$*+?()|[\]\\]/g, '\\$&'));
      return new RegExp(`^${parts.join('.+').replace(/\d+/g, 'N')}$`);
    });
}

it(
  `N10: ${FRAMES} malformed frames give a value or a typed error, quickly, in bounded memory`,
  () => {
    const { refused, accepted, incomplete, reasons } = fuzzFrames({ frames: FRAMES, seed: SEED });
    expect(refused + accepted + incomplete).toBe(FRAMES);
    // Otherwise the mutants would be harmless, or so wild that they never get past the first check.
    expect(refused / FRAMES).toBeGreaterThan(0.5);
    expect(accepted / FRAMES).toBeGreaterThan(0.02);
    const reached = [...reasons.keys()];
    const patterns = refusals();
    expect(patterns.length).toBeGreaterThan(25);
    const missed = patterns.filter((pattern) => !reached.some((reason) => pattern.test(reason)));
    expect(missed).toEqual([]);
  },
  TIMEOUT_MS,
);
