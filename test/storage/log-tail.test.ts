/**
 * The end of the log in memory: bounded, and never without what the segments do not hold yet.
 */

import { describe, expect, it } from 'vitest';

import { LogTail, type RecordBlock } from '../../src/core/storage/log-tail.js';

const PENDING = { kind: 'pending', entries: [], encoded: [] } as const;
/** What a block costs beside its bytes. */
const OVERHEAD = 200;

function record(lsn: number, sizeBytes = 100): RecordBlock {
  return { kind: 'record', bytes: new Uint8Array(sizeBytes), entriesOffset: 0, lsn };
}

/** A tail with records 1 to `count`, each of 100 bytes, as extents 0 to `count` - 1. */
function tailOf(count: number, budgetBlocks: number): LogTail<string> {
  const tail = new LogTail<string>(budgetBlocks * (100 + OVERHEAD), 0);
  for (let i = 0; i < count; i++) {
    tail.push(PENDING);
    tail.replace(i, record(i + 1));
  }
  return tail;
}

function held(tail: LogTail<string>, count: number): number[] {
  return Array.from({ length: count }, (_, i) => i).filter((i) => tail.block(i) !== undefined);
}

describe('the tail of the log in memory', () => {
  it('keeps what fits the budget exactly, and drops the oldest above it', () => {
    const tail = tailOf(4, 4);
    tail.evict(Infinity);
    expect(held(tail, 4)).toEqual([0, 1, 2, 3]);
    tail.push(PENDING);
    tail.replace(4, record(5));
    tail.evict(Infinity);
    expect(held(tail, 5)).toEqual([1, 2, 3, 4]);
    expect(tail.block(4)).toMatchObject({ lsn: 5 });
  });

  it('counts what a block costs beside its bytes', () => {
    const tail = new LogTail<string>(10 * OVERHEAD, 0);
    for (let i = 0; i < 50; i++) {
      tail.push(PENDING);
      tail.replace(i, record(i + 1, 1));
    }
    tail.evict(Infinity);
    expect(held(tail, 50)).toHaveLength(9);
  });

  it('never drops a record that is not durable: no segment has it yet', () => {
    const tail = tailOf(6, 1);
    tail.evict(2);
    expect(held(tail, 6)).toEqual([2, 3, 4, 5]);
    tail.evict(3);
    expect(held(tail, 6)).toEqual([3, 4, 5]);
  });

  it('never drops what was not laid out, nor anything behind it', () => {
    const tail = new LogTail<string>(0, 0);
    tail.push(PENDING);
    tail.push(PENDING);
    tail.replace(1, record(1));
    tail.evict(Infinity);
    expect(held(tail, 2)).toEqual([0, 1]);
    tail.replace(0, record(1));
    tail.evict(Infinity);
    expect(held(tail, 2)).toEqual([]);
  });

  it('drops everything where nothing may be kept, and takes new blocks after it', () => {
    const tail = tailOf(3, 0);
    tail.evict(Infinity);
    expect(held(tail, 3)).toEqual([]);
    tail.push(PENDING);
    expect(tail.block(3)).toBe(PENDING);
  });

  it('a cut gives its room back', () => {
    const tail = tailOf(4, 4);
    tail.cut(2);
    expect(held(tail, 4)).toEqual([0, 1]);
    for (const extent of [2, 3]) {
      tail.push(PENDING);
      tail.replace(extent, record(extent + 3));
    }
    tail.evict(Infinity);
    expect(held(tail, 4)).toEqual([0, 1, 2, 3]);
  });

  it('a cut below what memory holds leaves an empty tail that goes on there', () => {
    const tail = tailOf(6, 1);
    tail.evict(Infinity);
    tail.cut(2);
    expect(held(tail, 6)).toEqual([]);
    tail.push(PENDING);
    expect(tail.block(2)).toBe(PENDING);
    expect(tail.block(1)).toBeUndefined();
  });

  it('finds each block where it was, however many went before', () => {
    const tail = new LogTail<string>(3 * (100 + OVERHEAD), 0);
    for (let i = 0; i < 5_000; i++) {
      tail.push(PENDING);
      tail.replace(i, record(i + 1));
      tail.evict(Infinity);
      expect(tail.block(i)).toMatchObject({ lsn: i + 1 });
      expect(tail.block(Math.max(i - 3, 0))).toBe(i < 3 ? tail.block(0) : undefined);
    }
    expect(held(tail, 5_000)).toEqual([4_997, 4_998, 4_999]);
  });
});
