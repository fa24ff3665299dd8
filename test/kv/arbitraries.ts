/**
 * Generators for operations and commands: few keys, few nonces, so that they meet often.
 */

import fc from 'fast-check';

import type { Command, Operation } from '../../src/core/kv/command.js';
import { MAX_U64, type Value } from '../../src/core/kv/value.js';

export const KEYS = ['a', 'ab', 'b', 'é', '\uffff', '😀', 'user/1', 'user/2'] as const;

export const aKey = fc.constantFrom(...KEYS);

export const aValue: fc.Arbitrary<Value> = fc.oneof(
  fc
    .constantFrom(0n, 1n, 5n, MAX_U64 - 1n, MAX_U64)
    .map((value) => ({ kind: 'u64' as const, value })),
  fc.constantFrom('', '5', 'x').map((value) => ({ kind: 'text' as const, value })),
  fc
    .constantFrom([], [53], [1, 2])
    .map((value) => ({ kind: 'bytes' as const, value: new Uint8Array(value) })),
);

export const anOperation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    key: aKey,
    value: aValue,
    condition: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      fc.constant({ kind: 'absent' as const }),
      fc.nat(20).map((version) => ({ kind: 'version' as const, version })),
    ),
  }),
  fc.record({ kind: fc.constant('delete' as const), keys: fc.array(aKey, { maxLength: 3 }) }),
  fc.record({
    kind: fc.constant('increment' as const),
    key: aKey,
    by: fc.constantFrom(0n, 1n, MAX_U64),
  }),
  fc.record({
    kind: fc.constant('compareAndSet' as const),
    key: aKey,
    expected: aValue,
    replacement: aValue,
  }),
);

export function nonceOf(number: number): Uint8Array {
  const nonce = new Uint8Array(16);
  new DataView(nonce.buffer).setUint32(0, number);
  return nonce;
}

export const aCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.nat(6).map((n) => ({ kind: 'register' as const, nonce: nonceOf(n) })),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('request' as const),
      sessionId: fc.nat(20),
      sequence: fc.nat(4),
      operation: anOperation,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('oneShot' as const),
      nonce: fc.nat(8).map(nonceOf),
      floorIdx: fc.nat(30),
      operation: anOperation,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constant({ kind: 'configure' as const, sessionLimit: 9, oneShotLimit: 9 }),
  },
);
