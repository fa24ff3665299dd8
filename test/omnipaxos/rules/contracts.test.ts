/**
 * What the log of a server refuses, whoever asks: its last line of defence (H1, P4, X3, D12).
 *
 * The roles never ask for any of this. If one ever does, the server stops instead of losing data.
 */

import { describe, expect, test } from 'vitest';
import type { Ballot } from '../../../src/core/omnipaxos/ballot.js';
import { ReplicatedLog } from '../../../src/core/omnipaxos/replicated-log.js';
import { ControlledStorage, Disk } from '../../support/controlled-storage.js';
import { ballot } from '../../support/step-node.js';

const n1 = ballot(1, 1);
const n5 = ballot(5, 3);
const decided = (firstIdx: number, ...entries: string[]) => ({ firstIdx, entries });

/** A log of ballot n1: a, b decided, c, d not. */
function logOf(promise: Ballot = n1) {
  const storage = new ControlledStorage(new Disk<string>());
  const log = new ReplicatedLog<string>({ storage, pid: 2, isEqualEntry: (a, b) => a === b });
  log.setPromise(n1);
  log.acceptRound(n1, { cutIdx: 0, entries: ['a', 'b', 'c', 'd'], decidedIdx: 2 });
  if (promise !== n1) log.setPromise(promise);
  return { log, storage };
}

describe('the log refuses', () => {
  test('a promise that is not higher', () => {
    const { log } = logOf(n5);
    expect(() => log.setPromise(n5)).toThrow('only grows');
    expect(() => log.setPromise(n1)).toThrow('only grows');
  });

  test('entries of a round that it has promised but not accepted', () => {
    expect(() => logOf(n5).log.append(['e'], 2)).toThrow('promised and accepted');
  });

  test('a round that it has not promised', () => {
    const { log } = logOf();
    const sync = { cutIdx: 2, entries: [], decidedIdx: 2 };
    expect(() => log.acceptRound(n5, sync)).toThrow('promised');
  });

  test('a cut below what is decided', () => {
    const { log } = logOf(n5);
    const sync = { cutIdx: 1, entries: ['B'], decidedIdx: 2 };
    expect(() => log.acceptRound(n5, sync)).toThrow('never cut');
  });

  test('a suffix that leaves a gap', () => {
    const { log } = logOf(n5);
    expect(() => log.acceptRound(n5, { cutIdx: 5, entries: ['f'], decidedIdx: 2 })).toThrow('gap');
  });

  test('a decided length beyond its end', () => {
    const { log } = logOf();
    expect(() => log.decide(5)).toThrow('in the log');
    log.decide(4);
    expect(log.decidedIdx).toBe(4);
  });

  test('a transfer that does not join, or brings nothing', () => {
    const { log } = logOf();
    for (const slice of [decided(3, 'd', 'e'), decided(0, 'a', 'b'), decided(0, 'a')]) {
      expect(() => log.installDecided(slice, n5)).toThrow('joins');
    }
  });

  test('a transfer of its own or an older round that contradicts what it accepted', () => {
    for (const round of [n1, ballot(0, 1)]) {
      expect(() => logOf().log.installDecided(decided(2, 'X'), round)).toThrow('chosen');
    }
    const { log } = logOf();
    log.installDecided(decided(2, 'X'), n5);
    expect([log.decidedIdx, log.acceptedIdx]).toEqual([3, 3]);
  });

  test('a position that nobody has submitted', () => {
    const { log } = logOf();
    expect(() => log.markDurable(log.lastPosition + 1)).toThrow('submitted');
  });

  test('to open a disk that has accepted what it never promised', () => {
    const disk = new Disk<string>();
    Object.assign(disk.durable, { promise: n1, acceptedRound: n5, isUsed: true });
    const storage = new ControlledStorage(disk);
    const open = () => new ReplicatedLog<string>({ storage, pid: 2, isEqualEntry: Object.is });
    expect(open).toThrow('not promised');
  });
});

describe('the log writes', () => {
  test('a round of a transfer once: what it knows already is not written again', () => {
    const { log, storage } = logOf();
    log.installDecided(decided(2, 'c'), n5);
    expect(storage.batches.at(-1)?.map(({ kind }) => kind)).toEqual([
      'setDecidedRound',
      'setPromise',
      'setDecidedIdx',
    ]);
    log.installDecided(decided(3, 'd'), n5);
    expect(storage.batches.at(-1)).toEqual([{ kind: 'setDecidedIdx', idx: 4 }]);
  });

  test('and marks as its own only the ballots of this server (P2)', () => {
    const { log } = logOf(n5);
    expect(log.ownBallotPosition).toBe(0);
    log.setPromise(ballot(6, 2));
    expect(log.ownBallotPosition).toBe(log.lastPosition);
  });
});

describe('the log says', () => {
  test('where servers differ, by index', () => {
    const { log } = logOf();
    expect(() => log.assertDecidedAgree(decided(0, 'a', 'B'))).toThrow('entry 1 differs');
  });

  test('in one line where it stands', () => {
    const text = logOf(n5).log.toString();
    expect(text).toBe('promise c1.n5.p0@3, accepted round c1.n1.p0@1, 2 decided of 4');
  });

  test('what is undecided after a cut behind decided entries', () => {
    const { log } = logOf(n5);
    const bytes = log.undecidedBytes;
    log.acceptRound(n5, { cutIdx: 3, entries: [], decidedIdx: 2 });
    expect(log.undecidedBytes).toBe(bytes / 2);
  });
});
