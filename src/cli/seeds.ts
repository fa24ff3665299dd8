/**
 * Seeds as flags: 64 bits, decimal or 0x…, always printed as 0x and 16 digits.
 */

import { string } from '@oclif/core/flags';
import { OmnikvError } from '../core/errors.js';
import { nodeRandom } from '../core/platform/node-random.js';
import { Prng } from '../core/simulator/prng.js';
import { formatSeed, parseSeed } from '../core/simulator/seed.js';
import { quoteForMessage } from './output.js';

export function seedFlag(options: { readonly name: string; readonly description: string }) {
  const { name, description } = options;
  return string({
    description,
    helpValue: 'N',
    parse: async (text) => {
      if (parseSeed(text) !== undefined) return await Promise.resolve(text);
      const message = `--${name} ${quoteForMessage(text)}: a seed is 0 to 2^64 - 1, or 0x and up to 16 hex digits`;
      throw new OmnikvError('OMNIKV_USAGE', message, { suggestions: [`--${name} 42`] });
    },
  });
}

/** A new one where none was typed. */
export function seedOf(text: string | undefined): bigint {
  const typed = text === undefined ? undefined : parseSeed(text);
  return typed ?? new DataView(nodeRandom.bytes(8).buffer).getBigUint64(0);
}

export function randomOf(seed: bigint, name: string): Prng {
  return new Prng(formatSeed(seed)).split(name);
}

export { formatSeed };
