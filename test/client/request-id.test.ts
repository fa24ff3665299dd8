/**
 * The request id as people copy it.
 */

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { formatRequestId, parseRequestId } from '../../src/core/client/request-id.js';

it('is read back as it was printed', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.maxSafeNat(),
      (nonce, floorIdx) => {
        expect(parseRequestId(formatRequestId({ nonce, floorIdx }))).toEqual({ nonce, floorIdx });
      },
    ),
  );
});

it('prints nonce and floor', () => {
  expect(formatRequestId({ nonce: new Uint8Array(16).fill(0x0a), floorIdx: 842 })).toBe(
    `${'0a'.repeat(16)}@842`,
  );
});

const hex = 'ab'.repeat(16);
it.each(['', hex, `${hex}@`, `${hex}@-1`, `${hex}@01`, `${hex}@1.5`, `${hex}@9999999999999999`])(
  'refuses %j',
  (text) => {
    expect(parseRequestId(text)).toBeUndefined();
  },
);

it.each([`${hex}0@1`, `${'AB'.repeat(16)}@1`, ` ${hex}@1`, `${hex}@1\n`, `${'zz'.repeat(16)}@1`])(
  'refuses %j',
  (text) => {
    expect(parseRequestId(text)).toBeUndefined();
  },
);
