/**
 * The replicated state machine: its answers depend on the log alone, and a request takes effect at
 * most once (C1–C3, K1–K8).
 */

import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

import type { Command, CommandReply, Operation } from '../../src/core/kv/command.js';
import { KvStateMachine } from '../../src/core/kv/kv-state-machine.js';
import { MAX_ONE_SHOT_REPLY_BYTES, MAX_VALUE_BYTES } from '../../src/core/limits.js';
import { aCommand, nonceOf } from './arbitraries.js';

const CONFIGURE: Command = { kind: 'configure', sessionLimit: 3, oneShotLimit: 3 };
const add = (key: string): Operation => ({ kind: 'increment', key, by: 1n });

let machine: KvStateMachine;
const apply = (command: Command): CommandReply => machine.apply(machine.appliedIdx, command);
const register = (n: number): CommandReply => apply({ kind: 'register', nonce: nonceOf(n) });
const request = (sessionId: number, sequence: number, operation = add('n')): CommandReply =>
  apply({ kind: 'request', sessionId, sequence, operation });
const oneShot = (n: number, floorIdx: number, operation = add('n')): CommandReply =>
  apply({ kind: 'oneShot', nonce: nonceOf(n), floorIdx, operation });
const count = (): bigint => (machine.get('n')?.value.value as bigint | undefined) ?? 0n;
const numbered = (value: bigint, version: number): CommandReply => ({
  kind: 'executed',
  reply: { kind: 'number', value, version },
});

beforeEach(() => {
  machine = new KvStateMachine();
  apply(CONFIGURE);
});

describe('the log', () => {
  it('begins with the limits (K4): a command before them stops the node', () => {
    expect(() => new KvStateMachine().apply(0, { kind: 'register', nonce: nonceOf(1) })).toThrow(
      /limits/,
    );
  });

  it('is applied entry by entry', () => {
    expect(() => machine.apply(0, CONFIGURE)).toThrow(/order/);
    expect(() => machine.apply(2, CONFIGURE)).toThrow(/order/);
    expect(machine.appliedIdx).toBe(1);
  });

  it('may be read ahead, in a large store and of any commands: no answer and no state changes', () => {
    const [plain, ahead] = [new KvStateMachine(), new KvStateMachine()];
    const both = (command: Command): CommandReply[] => {
      return [plain, ahead].map((each) => each.apply(each.appliedIdx, command));
    };
    both(CONFIGURE);
    both({ kind: 'register', nonce: nonceOf(1) });
    const keyOf = (n: number): string => `key ${n}`;
    for (let n = 0; n < 33_000; n++) {
      both({ kind: 'request', sessionId: 1, sequence: n + 1, operation: add(keyOf(n)) });
    }
    const keys = [keyOf(5), 'none', keyOf(6)];
    const group: Command[] = [
      CONFIGURE,
      { kind: 'register', nonce: nonceOf(2) },
      { kind: 'request', sessionId: 1, sequence: 33_001, operation: { kind: 'delete', keys } },
      { kind: 'oneShot', nonce: nonceOf(3), floorIdx: 0, operation: add(keyOf(5)) },
      { kind: 'request', sessionId: 1, sequence: 33_002, operation: add('new') },
    ];
    ahead.readAhead(group);
    for (const command of group) {
      const [expected, actual] = both(command);
      expect(actual).toEqual(expected);
    }
    expect(ahead.digest()).toBe(plain.digest());
  });

  it('has its limits changed by no later configure', () => {
    expect(apply({ kind: 'configure', sessionLimit: 1, oneShotLimit: 1 })).toEqual({
      kind: 'configured',
    });
    for (const n of [1, 2, 3]) register(n);
    expect(machine.sessionCount).toBe(3);
    expect(() => new KvStateMachine().apply(0, { ...CONFIGURE, sessionLimit: 0 })).toThrow();
    expect(() => new KvStateMachine().apply(0, { ...CONFIGURE, oneShotLimit: 0 })).toThrow();
  });
});

describe('a session', () => {
  it('has the index of its registration as its id (C1, K1, K8)', () => {
    expect(register(1)).toEqual({ kind: 'registered', sessionId: 1 });
    expect(register(2)).toEqual({ kind: 'registered', sessionId: 2 });
  });

  it('is found again by its nonce when the registration is repeated (C1, K1)', () => {
    register(1);
    request(1, 1);
    expect(register(1)).toEqual({ kind: 'registered', sessionId: 1 });
    expect(machine.sessionCount).toBe(1);
    expect(request(1, 2)).toEqual(numbered(2n, 4));
  });

  it('answers its last request again without executing it (C2)', () => {
    register(1);
    const first = request(1, 1);
    expect(request(1, 1)).toEqual(first);
    expect(request(1, 1, add('other'))).toEqual(first);
    expect(count()).toBe(1n);
    expect(machine.get('other')).toBeUndefined();
  });

  it('refuses an older request as stale and a later one as a gap (C2, K2)', () => {
    register(1);
    expect(request(1, 0)).toEqual({ kind: 'stale' });
    expect(request(1, 2)).toEqual({ kind: 'gap' });
    request(1, 1);
    request(1, 2);
    expect(request(1, 1)).toEqual({ kind: 'stale' });
    expect(request(1, 0)).toEqual({ kind: 'stale' });
    expect(request(1, 4)).toEqual({ kind: 'gap' });
    expect(count()).toBe(2n);
  });

  it('does not advance on a stale request or a gap', () => {
    register(1);
    request(1, 2);
    expect(request(1, 1)).toEqual(numbered(1n, 3));
  });

  it('keeps the reply of a change that failed', () => {
    register(1);
    const condition = { kind: 'absent' } as const;
    const put: Operation = { kind: 'put', key: 'k', value: { kind: 'u64', value: 1n }, condition };
    apply({ kind: 'oneShot', nonce: nonceOf(9), floorIdx: 0, operation: put });
    const failed = request(1, 1, put);
    expect(failed).toMatchObject({ reply: { kind: 'conditionFailed', actual: { version: 2 } } });
    apply({
      kind: 'oneShot',
      nonce: nonceOf(8),
      floorIdx: 0,
      operation: { kind: 'delete', keys: ['k'] },
    });
    expect(request(1, 1, put)).toEqual(failed);
  });

  it('that is not known has expired, for ever (C3)', () => {
    expect(request(7, 1)).toEqual({ kind: 'sessionExpired' });
    for (const n of [1, 2, 3, 4]) register(n);
    const evicted = machine.appliedIdx - 4;
    for (const sequence of [0, 1, 2]) {
      expect(request(evicted, sequence)).toEqual({ kind: 'sessionExpired' });
    }
    expect(count()).toBe(0n);
    // Its nonce went with it: a late copy of the registration makes a session of its own.
    expect(register(1)).toEqual({ kind: 'registered', sessionId: machine.appliedIdx - 1 });
    expect(request(evicted, 1)).toEqual({ kind: 'sessionExpired' });
  });

  it('is evicted when it is the least recently committed (C3, K4)', () => {
    for (const n of [1, 2, 3]) register(n); // ids 1, 2, 3
    request(1, 1);
    register(4);
    expect(request(2, 1)).toEqual({ kind: 'sessionExpired' });
    expect(request(1, 2)).toMatchObject({ kind: 'executed' });
    expect(request(3, 1)).toMatchObject({ kind: 'executed' });
  });

  it('is not kept alive by asking again: only what is executed counts (C3)', () => {
    for (const n of [1, 2, 3]) register(n);
    request(1, 1);
    request(2, 1);
    request(3, 1);
    request(1, 1); // stored reply
    request(1, 0); // stale
    request(1, 9); // gap
    register(1); // known
    register(4);
    expect(request(1, 2)).toEqual({ kind: 'sessionExpired' });
    expect(request(2, 2)).toMatchObject({ kind: 'executed' });
  });
});

describe('findReply', () => {
  it('knows the last request of a session and says nothing else (C2, K2)', () => {
    register(1);
    expect(machine.findReply(1, 0)).toBeUndefined();
    expect(machine.findReply(1, 1)).toBeUndefined();
    const first = request(1, 1);
    expect(machine.findReply(1, 1)).toEqual(first);
    expect(machine.findReply(1, 2)).toBeUndefined();
    expect(machine.findReply(2, 1)).toBeUndefined();
    request(1, 2);
    expect(machine.findReply(1, 1)).toBeUndefined();
  });
});

describe('a one-shot', () => {
  it('takes effect once, however often its frame is sent (K6)', () => {
    const first = oneShot(1, 1);
    expect(first).toEqual(numbered(1n, 1));
    for (let copy = 0; copy < 5; copy++) expect(oneShot(1, 1)).toEqual(first);
    expect(machine.findOneShot(nonceOf(1))).toEqual(first);
    expect(machine.findOneShot(nonceOf(2))).toBeUndefined();
    expect(count()).toBe(1n);
  });

  it('is expired and not executed again after it has fallen out of the table (K7)', () => {
    const floorIdx = machine.appliedIdx;
    oneShot(1, floorIdx);
    for (const n of [2, 3, 4]) oneShot(n, machine.appliedIdx);
    expect(machine.findOneShot(nonceOf(1))).toBeUndefined();
    expect(oneShot(1, floorIdx)).toEqual({ kind: 'requestExpired' });
    expect(oneShot(1, 0)).toEqual({ kind: 'requestExpired' });
    expect(count()).toBe(4n);
  });

  it('is expired when a one-shot at exactly its floor has fallen out, new when all lie before', () => {
    oneShot(1, 1); // index 1
    for (const n of [2, 3, 4]) oneShot(n, machine.appliedIdx); // index 1 falls out
    expect(oneShot(10, 1)).toEqual({ kind: 'requestExpired' });
    expect(oneShot(11, 2)).toMatchObject({ kind: 'executed' });
  });

  it('is still answered from the table when older ones have fallen out', () => {
    for (const n of [1, 2, 3]) oneShot(n, 1);
    const third = machine.findOneShot(nonceOf(3));
    oneShot(4, 4);
    expect(oneShot(3, 1)).toEqual(third);
    expect(oneShot(4, 1)).toMatchObject({ kind: 'executed' });
    expect(count()).toBe(4n);
  });

  it('is not executed with a floor that no server can have named: a copy would look new', () => {
    expect(oneShot(1, machine.appliedIdx + 1)).toEqual({ kind: 'requestExpired' });
    expect(oneShot(1, machine.appliedIdx)).toMatchObject({ kind: 'executed' });
    expect(count()).toBe(1n);
  });

  it('falls out in the order of execution; a copy does not renew it (K6)', () => {
    for (const n of [1, 2, 3]) oneShot(n, 1);
    oneShot(1, 1);
    oneShot(4, machine.appliedIdx);
    expect(machine.findOneShot(nonceOf(1))).toBeUndefined();
    expect(machine.findOneShot(nonceOf(2))).toBeDefined();
  });

  it('has its kept values bounded in bytes too (R1)', () => {
    machine = new KvStateMachine();
    apply({ kind: 'configure', sessionLimit: 3, oneShotLimit: 1_000 });
    const value = { kind: 'bytes', value: new Uint8Array(MAX_VALUE_BYTES) } as const;
    oneShot(0, 1, { kind: 'put', key: 'large', value, condition: undefined });
    const fits = MAX_ONE_SHOT_REPLY_BYTES / MAX_VALUE_BYTES;
    const failing: Operation = { kind: 'put', key: 'large', value, condition: { kind: 'absent' } };
    for (let n = 1; n <= fits; n++) oneShot(n, machine.appliedIdx, failing);
    expect(machine.findOneShot(nonceOf(0))).toBeDefined();
    oneShot(fits + 1, machine.appliedIdx, failing);
    expect(machine.findOneShot(nonceOf(0))).toBeUndefined();
    expect(machine.findOneShot(nonceOf(1))).toBeUndefined();
    expect(machine.findOneShot(nonceOf(2))).toBeDefined();
    expect(oneShot(1, 1, add('n'))).toEqual({ kind: 'requestExpired' });
  });
});

describe('properties over random logs', () => {
  const aLog = fc.array(aCommand, { maxLength: 60 }).map((log) => [CONFIGURE, ...log]);

  it('P7, K4: the same log gives the same answers and digest, applied at once or bit by bit', () => {
    fc.assert(
      fc.property(aLog, fc.array(fc.nat(60)), (log, cuts) => {
        const a = new KvStateMachine();
        const b = new KvStateMachine();
        const repliesOfA = log.map((command, index) => a.apply(index, structuredClone(command)));
        const repliesOfB: CommandReply[] = [];
        for (const [index, command] of log.entries()) {
          if (cuts.includes(index)) readEverything(b);
          repliesOfB.push(b.apply(index, structuredClone(command)));
        }
        expect(repliesOfB).toEqual(repliesOfA);
        expect(b.digest()).toBe(a.digest());
      }),
      { numRuns: 300 },
    );
  });

  it('a copy of the last request or one-shot changes no data, and is answered alike', () => {
    fc.assert(
      fc.property(aLog, (log) => {
        machine = new KvStateMachine();
        for (const command of log) {
          const reply = apply(command);
          if (reply.kind !== 'executed') continue;
          const before = [...dataOf(machine)];
          expect(apply(structuredClone(command))).toEqual(reply);
          expect([...dataOf(machine)]).toEqual(before);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('no frame is executed twice, whatever has fallen out or was evicted in between', () => {
    fc.assert(
      fc.property(fc.array(aFrame, { maxLength: 80 }), (frames) => {
        machine = new KvStateMachine();
        apply(CONFIGURE);
        // Each frame adds 1 to a key of its own: its name is its identity.
        const sent = new Map<string, Command>();
        for (const frame of frames) {
          const name = frame.kind === 'oneShot' ? `o${frame.n}` : `s${frame.n}:${frame.sequence}`;
          if (frame.kind === 'register') register(frame.n);
          else {
            const command = sent.get(name) ?? firstSending(frame, name);
            sent.set(name, command);
            apply(structuredClone(command));
          }
        }
        for (const name of sent.keys()) {
          expect((machine.get(name)?.value.value as bigint | undefined) ?? 0n).toBeLessThanOrEqual(
            1n,
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it('every part of the state is in the digest', () => {
    const digests = new Set<string>();
    const note = () => digests.add(machine.digest());
    note();
    register(1);
    note();
    request(1, 1);
    note();
    request(1, 1); // appliedIdx alone
    note();
    oneShot(1, 1);
    note();
    for (const n of [2, 3, 4]) {
      oneShot(n, machine.appliedIdx);
      note();
    }
    expect(digests.size).toBe(8);
    const other = new KvStateMachine();
    other.apply(0, { ...CONFIGURE, sessionLimit: 4 });
    const third = new KvStateMachine();
    third.apply(0, CONFIGURE);
    expect(other.digest()).not.toBe(third.digest());
    expect(third.digest()).toMatch(/^[0-9a-f]{16}$/);
  });
});

interface Frame {
  readonly kind: 'register' | 'request' | 'oneShot';
  readonly n: number;
  readonly sequence: number;
}

const aFrame: fc.Arbitrary<Frame> = fc.record({
  kind: fc.constantFrom('register' as const, 'request' as const, 'oneShot' as const),
  n: fc.integer({ min: 1, max: 9 }),
  sequence: fc.integer({ min: 1, max: 3 }),
});

/** The floor is what a server names before the first sending; copies repeat it. */
function firstSending(frame: Frame, name: string): Command {
  return frame.kind === 'oneShot'
    ? {
        kind: 'oneShot',
        nonce: nonceOf(frame.n),
        floorIdx: machine.appliedIdx,
        operation: add(name),
      }
    : { kind: 'request', sessionId: frame.n, sequence: frame.sequence, operation: add(name) };
}

function readEverything(of: KvStateMachine): void {
  of.digest();
  of.sortKeys(1);
  of.findReply(1, 1);
}

function dataOf(of: KvStateMachine) {
  return of.scan({
    prefix: '',
    from: undefined,
    to: undefined,
    limit: 1_000,
    isReverse: false,
    isKeysOnly: false,
  }).items;
}
