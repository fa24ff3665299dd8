/**
 * What the log is after an operation, and what no log may be.
 */

import { describe, expect, it } from 'vitest';

import { isSameState } from '../../src/core/storage/log-replay.js';
import { applyOperations, EMPTY_STATE, isUsedState } from '../../src/core/storage/stored-state.js';

const LOG = { ...EMPTY_STATE, compactedIdx: 2, decidedIdx: 3, acceptedIdx: 5 };

describe('an operation', () => {
  it('appends at any place of the log, its ends included, and nowhere else', () => {
    const after = (fromIdx: number): number =>
      applyOperations(LOG, [{ kind: 'appendOnPrefix', fromIdx, entryCount: 3 }]).acceptedIdx;
    expect([after(2), after(4), after(5)]).toEqual([5, 7, 8]);
    expect(() => after(1)).toThrow(/begin inside the log/);
    expect(() => after(6)).toThrow(/begin inside the log/);
  });

  it('sets a decided index that is an index of the log, as far as the log goes (P6)', () => {
    const after = (idx: number): number =>
      applyOperations(LOG, [{ kind: 'setDecidedIdx', idx }]).decidedIdx;
    expect([after(2), after(5), after(9)]).toEqual([2, 5, 5]);
    for (const idx of [1, 2.5, 2 ** 53, Number.NaN]) {
      expect(() => after(idx)).toThrow(/decided index that is no index/);
    }
  });
});

const BALLOT = { configurationId: 0, n: 0, priority: 0, pid: 0 };

describe('D7: two states are the same', () => {
  const HELD = { ...LOG, promise: { configurationId: 1, n: 2, priority: 3, pid: 4 } };

  it('where every number of them is', () => {
    expect(isSameState(HELD, { ...HELD, promise: { ...HELD.promise } })).toBe(true);
    for (const field of ['configurationId', 'n', 'priority', 'pid'] as const) {
      for (const step of [1, -1]) {
        const promise = { ...HELD.promise, [field]: HELD.promise[field] + step };
        expect(isSameState(HELD, { ...HELD, promise })).toBe(false);
      }
    }
    for (const field of ['decidedIdx', 'acceptedIdx', 'compactedIdx'] as const) {
      expect(isSameState(HELD, { ...HELD, [field]: HELD[field] + 1 })).toBe(false);
    }
    for (const field of ['acceptedRound', 'decidedRound'] as const) {
      expect(isSameState(HELD, { ...HELD, [field]: { ...BALLOT, n: 9 } })).toBe(false);
    }
  });
});

describe('a state is used', () => {
  it('once it has promised anything or holds anything', () => {
    expect(isUsedState(EMPTY_STATE)).toBe(false);
    expect(isUsedState({ ...EMPTY_STATE, promise: { ...BALLOT, n: 1 } })).toBe(true);
    expect(isUsedState({ ...EMPTY_STATE, promise: { ...BALLOT, configurationId: 1 } })).toBe(true);
    expect(isUsedState({ ...EMPTY_STATE, acceptedIdx: 1 })).toBe(true);
  });
});
