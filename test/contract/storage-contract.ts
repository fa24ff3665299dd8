/**
 * The contract of Storage, as tests: every implementation must pass it, ours and yours.
 *
 * Call `storageContract` at the top level of a test file with a factory. `makeEntry` gives an
 * entry for a number, `nameEntry` gives it back. Where `reopen` is given, the storage is
 * persistent and must come back as it was.
 */

import { describe, expect, it } from 'vitest';

import type { Ballot } from '../../src/core/omnipaxos/ballot.js';
import type { FlushOutcome, Storage } from '../../src/core/omnipaxos/storage-port.js';

export interface StorageSubject<T> {
  readonly storage: Storage<T>;
  /** Closes the storage and opens it again on the same data. */
  readonly reopen?: () => Promise<Storage<T>>;
  readonly dispose?: () => Promise<void>;
}

export interface StorageContractOptions<T> {
  readonly name: string;
  readonly create: () => Promise<StorageSubject<T>>;
  readonly makeEntry: (number: number) => T;
  readonly nameEntry: (entry: T) => number;
}

const ballot = (n: number, pid = 1): Ballot => ({ configurationId: 1, n, priority: 0, pid });

function outcomeOf<T>(storage: Storage<T>): Promise<FlushOutcome> {
  return new Promise((resolve) => {
    storage.startFlush(resolve);
  });
}

export function storageContract<T>(options: StorageContractOptions<T>): void {
  const { makeEntry, nameEntry } = options;
  const run = (numbers: readonly number[]): T[] => numbers.map(makeEntry);
  const range = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, i) => from + i);
  const numbersOf = (storage: Storage<T>): number[] =>
    storage.entries(storage.state().compactedIdx, storage.state().acceptedIdx).map(nameEntry);
  const promise = (storage: Storage<T>, n = 1): number =>
    storage.submit([{ kind: 'setPromise', ballot: ballot(n) }]);
  const append = (storage: Storage<T>, fromIdx: number, numbers: readonly number[]): number =>
    storage.submit([{ kind: 'appendOnPrefix', fromIdx, entries: run(numbers) }]);

  const check = (
    promiseText: string,
    body: (subject: StorageSubject<T>) => Promise<void> | void,
  ): void => {
    it(promiseText, async () => {
      const subject = await options.create();
      try {
        await body(subject);
      } finally {
        await subject.dispose?.();
      }
    });
  };

  describe(`the storage contract: ${options.name}`, () => {
    check('a new storage is unused, empty and without promises', async ({ storage }) => {
      const zero = { configurationId: 0, n: 0, priority: 0, pid: 0 };
      expect(storage.isUsed).toBe(false);
      expect(storage.failure).toBeUndefined();
      expect(storage.durablePosition).toBe(0);
      expect(storage.state()).toEqual({
        promise: zero,
        acceptedRound: zero,
        decidedRound: zero,
        decidedIdx: 0,
        acceptedIdx: 0,
        compactedIdx: 0,
      });
      expect(storage.entries(0, 0)).toEqual([]);
      await expect(storage.flush()).resolves.toBe(0);
    });

    check('a submitted batch is seen at once and has the next position', ({ storage }) => {
      expect(promise(storage, 3)).toBe(1);
      expect(storage.isUsed).toBe(true);
      expect(append(storage, 0, [1, 2, 3])).toBe(2);
      expect(storage.submit([{ kind: 'setDecidedIdx', idx: 2 }])).toBe(3);
      expect(storage.state()).toMatchObject({ promise: ballot(3), acceptedIdx: 3, decidedIdx: 2 });
      expect(numbersOf(storage)).toEqual([1, 2, 3]);
    });

    check('all operations of a batch are applied, in order', ({ storage }) => {
      storage.submit([
        { kind: 'setPromise', ballot: ballot(5) },
        { kind: 'setAcceptedRound', ballot: ballot(5) },
        { kind: 'setDecidedRound', ballot: ballot(4, 2) },
        { kind: 'appendOnPrefix', fromIdx: 0, entries: run([1, 2, 3]) },
        { kind: 'appendOnPrefix', fromIdx: 2, entries: run([7, 8]) },
        { kind: 'setDecidedIdx', idx: 1 },
      ]);
      expect(storage.state()).toEqual({
        promise: ballot(5),
        acceptedRound: ballot(5),
        decidedRound: ballot(4, 2),
        decidedIdx: 1,
        acceptedIdx: 4,
        compactedIdx: 0,
      });
      expect(numbersOf(storage)).toEqual([1, 2, 7, 8]);
    });

    check('an append cuts what stands behind its index', async ({ storage }) => {
      append(storage, 0, range(0, 10));
      append(storage, 4, [44, 55]);
      expect(numbersOf(storage)).toEqual([0, 1, 2, 3, 44, 55]);
      append(storage, 2, []);
      expect(numbersOf(storage)).toEqual([0, 1]);
      expect(storage.state().acceptedIdx).toBe(2);
      append(storage, 2, [2]);
      expect(numbersOf(storage)).toEqual([0, 1, 2]);
      await storage.flush();
      append(storage, 1, [9]);
      expect(numbersOf(storage)).toEqual([0, 9]);
    });

    check('a batch that does not fit throws and changes nothing', ({ storage }) => {
      append(storage, 0, [1, 2, 3]);
      storage.submit([{ kind: 'setDecidedIdx', idx: 2 }]);
      const before = storage.state();
      // Beyond the log, below what is decided (decided entries never change), and empty.
      expect(() => append(storage, 4, [9])).toThrow();
      expect(() => append(storage, 1, [9])).toThrow();
      expect(() => storage.submit([])).toThrow();
      expect(storage.state()).toEqual(before);
      expect(numbersOf(storage)).toEqual([1, 2, 3]);
      expect(append(storage, 3, [4])).toBe(3);
    });

    check('P6: decidedIdx is never above acceptedIdx', ({ storage }) => {
      append(storage, 0, [1, 2]);
      storage.submit([{ kind: 'setDecidedIdx', idx: 7 }]);
      expect(storage.state().decidedIdx).toBe(2);
    });

    check('entries gives ranges, and throws a RangeError outside the log', async ({ storage }) => {
      append(storage, 0, range(0, 20));
      append(storage, 20, range(20, 30));
      await storage.flush();
      append(storage, 30, range(30, 40));
      expect(storage.entries(0, 40).map(nameEntry)).toEqual(range(0, 40));
      expect(storage.entries(15, 35).map(nameEntry)).toEqual(range(15, 35));
      expect(storage.entries(39, 40).map(nameEntry)).toEqual([39]);
      expect(storage.entries(40, 40)).toEqual([]);
      expect(() => storage.entries(39, 41)).toThrow(RangeError);
      expect(() => storage.entries(-1, 3)).toThrow(RangeError);
      expect(() => storage.entries(5, 4)).toThrow(RangeError);
    });

    check('entries stops before maxBytes, but gives at least one', async ({ storage }) => {
      append(storage, 0, range(0, 10));
      const sizeBytes = storage.sizeOf(makeEntry(0));
      expect(sizeBytes).toBeGreaterThan(0);
      expect(storage.entries(0, 10, 3 * sizeBytes).map(nameEntry)).toEqual([0, 1, 2]);
      expect(storage.entries(4, 10, 4 * sizeBytes - 1).map(nameEntry)).toEqual([4, 5, 6]);
      expect(storage.entries(4, 10, 0).map(nameEntry)).toEqual([4]);
      await storage.flush();
      expect(storage.entries(0, 10, 3 * sizeBytes).map(nameEntry)).toEqual([0, 1, 2]);
      expect(storage.entries(3, 10, 0).map(nameEntry)).toEqual([3]);
    });

    check('a flush makes all that was submitted durable', async ({ storage }) => {
      promise(storage);
      const position = append(storage, 0, [1, 2]);
      await expect(storage.flush()).resolves.toBe(position);
      expect(storage.durablePosition).toBe(position);
    });

    check(
      'startFlush calls back later, once, with what was submitted before',
      async ({ storage }) => {
        promise(storage);
        let calls = 0;
        let isInside = true;
        const outcome = new Promise<FlushOutcome>((resolve) => {
          storage.startFlush((result) => {
            calls += 1;
            expect(isInside).toBe(false);
            resolve(result);
          });
        });
        isInside = false;
        const later = append(storage, 0, [1]);
        const result = await outcome;
        expect(result.kind).toBe('durable');
        if (result.kind === 'durable') expect(result.position).toBeGreaterThanOrEqual(1);
        await expect(outcomeOf(storage)).resolves.toEqual({ kind: 'durable', position: later });
        expect(calls).toBe(1);
      },
    );

    check('flushes that overlap all end, in order', async ({ storage }) => {
      const order: number[] = [];
      const flushes = range(0, 20).map((i) => {
        append(storage, i, [i]);
        return outcomeOf(storage).then((outcome) => {
          order.push(i);
          expect(outcome.kind === 'durable' && outcome.position >= i + 1).toBe(true);
        });
      });
      await Promise.all(flushes);
      expect(order).toEqual(range(0, 20));
      expect(storage.durablePosition).toBe(20);
    });

    check('close makes everything durable; what was there comes back', async (subject) => {
      const { storage, reopen } = subject;
      promise(storage, 6);
      storage.submit([
        { kind: 'appendOnPrefix', fromIdx: 0, entries: run(range(0, 50)) },
        { kind: 'setAcceptedRound', ballot: ballot(6) },
        { kind: 'setDecidedIdx', idx: 20 },
      ]);
      append(storage, 30, range(130, 140));
      const before = storage.state();
      const numbers = numbersOf(storage);
      if (reopen === undefined) {
        await storage.close();
        return;
      }
      let again = await reopen();
      expect(again.isUsed).toBe(true);
      expect(again.state()).toEqual(before);
      expect(numbersOf(again)).toEqual(numbers);
      expect(again.durablePosition).toBe(0);
      expect(append(again, 40, [1])).toBe(1);
      again = await reopen();
      expect(numbersOf(again)).toEqual([...numbers, 1]);
    });
  });
}
