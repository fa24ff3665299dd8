/**
 * The fingerprint that nodes are compared by: whatever differs in the state differs in it.
 */

import { describe, expect, it } from 'vitest';

import type { Command, CommandReply, Operation } from '../../src/core/kv/command.js';
import { Digest } from '../../src/core/kv/digest.js';
import { KvStateMachine } from '../../src/core/kv/kv-state-machine.js';
import type { Value } from '../../src/core/kv/value.js';
import { nonceOf } from './arbitraries.js';

const u64 = (value: bigint): Value => ({ kind: 'u64', value });
const text = (value: string): Value => ({ kind: 'text', value });
const bytes = (...values: number[]): Value => ({ kind: 'bytes', value: Uint8Array.from(values) });

function expectAllDifferent<T>(cases: readonly T[], digestOf: (one: T) => string): void {
  const seen = new Map<string, T>();
  for (const one of cases) {
    const digest = digestOf(one);
    expect(digest).toMatch(/^[0-9a-f]{16}$/);
    expect(digestOf(one)).toBe(digest);
    expect(seen.get(digest), `the same digest as ${print(one)}`).toBeUndefined();
    seen.set(digest, one);
  }
}

const print = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));

describe('no two of these have one digest:', () => {
  it('values, by their kind and by what they hold', () => {
    const values = [
      ...[u64(0n), u64(1n), u64(49n), text(''), text('1'), text('0'), text('10')],
      ...[bytes(), bytes(0), bytes(0, 0), bytes(49), bytes(1)],
    ];
    expectAllDifferent(values, (value) => new Digest().value(value).hex());
  });

  it('numbers of up to 53 bits', () => {
    const numbers = [0, 1, 2, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 33, Number.MAX_SAFE_INTEGER];
    expectAllDifferent(numbers, (number) => new Digest().number(number).hex());
  });

  it('strings of 8-bit characters, which nonces are', () => {
    const strings = ['', '\0', '\0\0', 'a', 'b', 'ab', 'ba', 'a\0'];
    expectAllDifferent(strings, (string) => new Digest().binary(string).hex());
  });

  it('replies', () => {
    const executed = (reply: Extract<CommandReply, { kind: 'executed' }>['reply']) =>
      ({ kind: 'executed', reply }) as const;
    const replies: CommandReply[] = [
      { kind: 'configured' },
      { kind: 'registered', sessionId: 1 },
      { kind: 'registered', sessionId: 2 },
      { kind: 'stale' },
      { kind: 'gap' },
      { kind: 'sessionExpired' },
      { kind: 'requestExpired' },
      executed({ kind: 'stored', version: 1 }),
      executed({ kind: 'stored', version: 2 }),
      executed({ kind: 'swapped', version: 1 }),
      executed({ kind: 'swapped', version: 2 }),
      executed({ kind: 'deleted', count: 1 }),
      executed({ kind: 'deleted', count: 2 }),
      executed({ kind: 'number', value: 1n, version: 1 }),
      executed({ kind: 'number', value: 2n, version: 1 }),
      executed({ kind: 'number', value: 1n, version: 2 }),
      executed({ kind: 'conditionFailed', actual: undefined }),
      executed({ kind: 'conditionFailed', actual: { value: u64(1n), version: 1 } }),
      executed({ kind: 'conditionFailed', actual: { value: u64(2n), version: 1 } }),
      executed({ kind: 'conditionFailed', actual: { value: u64(1n), version: 2 } }),
      executed({ kind: 'notANumber' }),
      executed({ kind: 'overflow' }),
    ];
    expectAllDifferent(replies, (reply) => new Digest().commandReply(reply).hex());
  });
});

describe('the digest of a state machine', () => {
  const put = (key: string, value: Value): Operation => ({
    ...{ kind: 'put', key, value },
    condition: undefined,
  });
  const request = (sequence: number, operation: Operation): Command => ({
    ...{ kind: 'request', sessionId: 1, sequence, operation },
  });
  const oneShot = (n: number, operation: Operation): Command => ({
    ...{ kind: 'oneShot', nonce: nonceOf(n), floorIdx: 1, operation },
  });
  const register = (n: number): Command => ({ kind: 'register', nonce: nonceOf(n) });
  const configure = (sessionLimit: number, oneShotLimit: number): Command => ({
    ...{ kind: 'configure', sessionLimit, oneShotLimit },
  });

  /** All of one length, so that the applied index tells none of them apart. */
  const STATES: readonly (readonly Command[])[] = [
    [configure(2, 2), register(1), register(1), register(1)],
    [configure(3, 2), register(1), register(1), register(1)],
    [configure(2, 3), register(1), register(1), register(1)],
    [configure(2, 2), register(9), register(9), register(9)],
    [configure(2, 2), register(1), register(2), register(2)],
    [configure(2, 2), register(1), register(1), register(2)],
    // The data are the same and the session's last reply is not.
    [configure(2, 2), register(1), request(1, { kind: 'delete', keys: ['x'] }), register(1)],
    [configure(2, 2), register(1), register(1), request(1, { kind: 'delete', keys: ['x'] })],
    [configure(2, 2), register(1), request(1, put('x', text('a'))), register(1)],
    [configure(2, 2), register(1), request(1, put('x', text('b'))), register(1)],
    [configure(2, 2), register(1), request(1, put('y', text('a'))), register(1)],
    [configure(2, 2), register(1), oneShot(1, put('x', text('a'))), register(1)],
    [configure(2, 2), register(1), oneShot(2, put('x', text('a'))), register(1)],
    [configure(2, 2), register(1), register(1), oneShot(1, put('x', text('a')))],
    [configure(2, 2), oneShot(1, put('x', text('a'))), register(1), register(1)],
    // The first of them has fallen out.
    [
      configure(2, 1),
      register(1),
      oneShot(1, put('x', text('a'))),
      oneShot(2, put('x', text('a'))),
    ],
    [configure(2, 1), register(1), register(1), oneShot(2, put('x', text('a')))],
  ];

  it('tells apart whatever differs in data, sessions, one-shots or limits', () => {
    expectAllDifferent(STATES, (commands) => {
      const machine = new KvStateMachine();
      for (const command of commands) machine.apply(machine.appliedIdx, command);
      expect(machine.appliedIdx).toBe(4);
      return machine.digest();
    });
  });

  it('tells apart what two sessions were last answered, over the same data', () => {
    const swap = { kind: 'compareAndSet', key: 'x', replacement: u64(1n) } as const;
    const answers: Operation[] = [
      { kind: 'delete', keys: ['x'] },
      { ...swap, expected: u64(1n) },
    ];
    expectAllDifferent(answers, (operation) => {
      const machine = new KvStateMachine();
      for (const command of [configure(2, 2), register(1), request(1, operation)]) {
        machine.apply(machine.appliedIdx, command);
      }
      expect(machine.get('x')).toBeUndefined();
      return machine.digest();
    });
  });
});
