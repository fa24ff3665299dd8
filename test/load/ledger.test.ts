/** The ledger must notice every way of breaking a promise, or the kill loop proves nothing. */

import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/core/load/index.js';

function violationsOf(work: (ledger: Ledger) => void): readonly string[] {
  const ledger = new Ledger();
  work(ledger);
  return ledger.counts().violations;
}

const NOTHING = new Map<string, bigint>();

describe('Ledger', () => {
  it('is content with the last acknowledged value, and with the unknown one', () => {
    for (const held of [2n, 3n]) {
      const violations = violationsOf((ledger) => {
        ledger.putAcknowledged('a', 1n);
        ledger.putAcknowledged('a', 2n);
        ledger.putUnknown('a', 3n);
        ledger.check(new Map([['a', held]]), 'counter');
      });
      expect(violations).toEqual([]);
    }
  });

  it('notices an acknowledged put that is gone or was overwritten by an older one (S2)', () => {
    for (const items of [NOTHING, new Map([['a', 1n]])]) {
      const violations = violationsOf((ledger) => {
        ledger.putAcknowledged('a', 1n);
        ledger.putAcknowledged('a', 2n);
        ledger.check(items, 'counter');
      });
      expect(violations).toHaveLength(1);
    }
  });

  it('notices a put that failed for certain and took effect', () => {
    const violations = violationsOf((ledger) => {
      ledger.putAcknowledged('a', 1n);
      ledger.check(new Map([['a', 2n]]), 'counter');
    });
    expect(violations).toEqual(['a holds 2, acknowledged 1']);
  });

  it('notices a stale read', () => {
    const violations = violationsOf((ledger) => {
      ledger.putAcknowledged('a', 2n);
      ledger.putRead('a', 1n);
    });
    expect(violations).toEqual(['read a: 1, written 2']);
  });

  it('notices a lost increment, a doubled one, and one told twice', () => {
    const increments = (told: readonly bigint[], counter: bigint) =>
      violationsOf((ledger) => {
        for (const sum of told) ledger.incrementAcknowledged(sum, ledger.incrementStarted());
        ledger.check(new Map([['counter', counter]]), 'counter');
      });
    expect(increments([1n, 2n], 2n)).toEqual([]);
    expect(increments([1n, 2n], 1n)).not.toEqual([]);
    expect(increments([1n, 2n], 3n)).not.toEqual([]);
    expect(increments([1n, 1n], 1n)).not.toEqual([]);
    expect(increments([2n, 1n], 2n)).not.toEqual([]);
  });

  it('allows as many more as were unknown, and no more', () => {
    const counter = (value: bigint) =>
      violationsOf((ledger) => {
        ledger.incrementAcknowledged(1n, ledger.incrementStarted());
        ledger.incrementStarted();
        ledger.incrementUnknown();
        ledger.incrementStarted();
        ledger.incrementFailed();
        ledger.check(new Map([['counter', value]]), 'counter');
      });
    expect(counter(1n)).toEqual([]);
    expect(counter(2n)).toEqual([]);
    expect(counter(3n)).not.toEqual([]);
  });

  it('notices a counter read below what was acknowledged before', () => {
    const violations = violationsOf((ledger) => {
      ledger.incrementAcknowledged(1n, ledger.incrementStarted());
      ledger.counterRead(0n, ledger.largestSum());
    });
    expect(violations).toHaveLength(1);
  });
});
