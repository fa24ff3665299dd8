/**
 * Five ways in which a store loses its promise, done to the answers of a good history.
 *
 * Each gives a history that certainly cannot be ordered, whatever the unknown outcomes were;
 * undefined where the history has no place for it.
 */

import type { HistoryEntry } from '../../src/core/checker/index.js';
import type { Value } from '../../src/core/kv/index.js';
import type { Prng } from '../../src/core/simulator/prng.js';
import { COUNTER, text, u64, type GoodEntry } from './histories.js';

export type Breakage = (
  entries: readonly GoodEntry[],
  prng: Prng,
) => readonly HistoryEntry[] | undefined;

export const BREAKAGES: Readonly<Record<string, Breakage>> = {
  /** A get answers what nobody wrote. */
  phantom: (entries, prng) => {
    const get = pick(entries.filter(isGet), prng);
    return get && replace(entries, get, { result: { kind: 'value', value: text('phantom') } });
  },

  /** A get answers what a later put, answered before the get was called, had replaced. */
  stale: (entries, prng) => {
    const puts = entries.filter(isPlainPut);
    const chances = entries.filter(isGet).flatMap((get) => {
      return puts.flatMap((newer) => {
        if (newer.operation.key !== get.operation.key || newer.return! >= get.call) return [];
        const older = puts.filter((put) => {
          return put.operation.key === get.operation.key && put.return! < newer.call;
        });
        return older.map((put) => ({ get, value: put.operation.value }));
      });
    });
    const chance = pick(chances, prng);
    return (
      chance && replace(entries, chance.get, { result: { kind: 'value', value: chance.value } })
    );
  },

  /** Two increments of a counter that only grows are told one sum. */
  toldTwice: (entries, prng) => {
    const sums = entries.filter(isCounted);
    const one = pick(sums, prng);
    const other = pick(
      sums.filter((entry) => entry !== one),
      prng,
    );
    return one && other && replace(entries, one, { result: other.result });
  },

  /** An increment takes effect twice: whoever comes after sees too much. */
  appliedTwice: (entries, prng) => {
    const isOfCounter = ({ operation }: HistoryEntry): boolean => operation.key === COUNTER;
    const twice = pick(entries.filter(isCounted), prng);
    if (twice === undefined) return undefined;
    const { by } = twice.operation;
    const certain = entries.filter((entry) => !isOfCounter(entry) || entry.return !== undefined);
    const later = certain.filter(
      (entry) => isOfCounter(entry) && entry.effectAt! > twice.effectAt!,
    );
    if (later.length === 0 || certain.length < entries.length) return undefined;
    return certain.map((entry) => {
      const { result } = entry;
      if (!later.includes(entry)) return entry;
      if (result?.kind === 'number') {
        return { ...entry, result: { kind: 'number', value: result.value + by } };
      }
      if (result?.kind !== 'value') return entry;
      const number = result.value?.kind === 'u64' ? result.value.value : 0n;
      return { ...entry, result: { kind: 'value', value: u64(number + by) } };
    });
  },

  /** A put is acknowledged and forgotten: the next get answers what was there before. */
  lost: (entries, prng) => {
    const last = pick(entries.filter(isPlainPut), prng);
    if (last === undefined) return undefined;
    const { key } = last.operation;
    const endedAt = Math.max(...entries.map((entry) => entry.return ?? entry.call));
    const call = endedAt + 1;
    // Unique and acknowledged, then replaced by another one that is acknowledged too.
    const write = (value: Value, at: number): HistoryEntry => ({
      client: 99,
      call: at,
      return: at + 1,
      operation: { kind: 'put', key, value },
      result: { kind: 'stored' },
    });
    const read: HistoryEntry = {
      client: 99,
      call: call + 4,
      return: call + 5,
      operation: { kind: 'get', key },
      result: { kind: 'value', value: text('before') },
    };
    return [...entries, write(text('before'), call), write(text('lost'), call + 2), read];
  },
};

type EntryOf<K extends HistoryEntry['operation']['kind']> = GoodEntry & {
  readonly operation: Extract<HistoryEntry['operation'], { kind: K }>;
};

function isGet(entry: GoodEntry): entry is EntryOf<'get'> {
  return entry.operation.kind === 'get' && entry.return !== undefined;
}

function isPlainPut(entry: GoodEntry): entry is EntryOf<'put'> {
  const { operation } = entry;
  return operation.kind === 'put' && operation.ifAbsent !== true && entry.return !== undefined;
}

function isCounted(entry: GoodEntry): entry is EntryOf<'increment'> {
  const { operation, result } = entry;
  return operation.kind === 'increment' && operation.key === COUNTER && result?.kind === 'number';
}

function pick<Item>(items: readonly Item[], prng: Prng): Item | undefined {
  return items.length === 0 ? undefined : prng.pick(items);
}

function replace(
  entries: readonly GoodEntry[],
  old: HistoryEntry,
  change: Partial<HistoryEntry>,
): readonly HistoryEntry[] {
  return entries.map((entry) => (entry === old ? { ...entry, ...change } : entry));
}
