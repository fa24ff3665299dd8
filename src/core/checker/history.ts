/**
 * What clients saw of the store: who called what, when, and what was answered.
 *
 * Types only. Times are of one monotonic clock, in any unit. An operation that certainly had no
 * effect is left out of a history; one whose outcome is unknown has no `return`: it may take effect
 * at any time after its call, or never (C4). Every key starts without a value.
 */

import type { Value } from '../kv/value.js';

export type HistoryOperation =
  | {
      readonly kind: 'put';
      readonly key: string;
      readonly value: Value;
      /** Only where the key has no value. */
      readonly ifAbsent?: boolean | undefined;
      /** Only where the key has this version. Versions are not judged: either answer may be right. */
      readonly ifVersion?: number | undefined;
    }
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'delete'; readonly key: string }
  /** A missing key counts from 0. */
  | { readonly kind: 'increment'; readonly key: string; readonly by: bigint }
  | {
      readonly kind: 'compareAndSet';
      readonly key: string;
      readonly expected: Value;
      readonly replacement: Value;
    };

export type HistoryResult =
  | { readonly kind: 'stored' }
  /** Undefined: the key had no value. */
  | { readonly kind: 'value'; readonly value: Value | undefined }
  | { readonly kind: 'deleted'; readonly wasPresent: boolean }
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'swapped' }
  /** Nothing changed. `actual` undefined: it was not said; its value undefined: there was none. */
  | { readonly kind: 'conditionFailed'; readonly actual: HeldValue | undefined }
  | { readonly kind: 'notANumber' }
  | { readonly kind: 'overflow' };

export interface HeldValue {
  readonly value: Value | undefined;
}

export interface HistoryEntry {
  /** Tells callers apart for a reader; order comes from the times alone. */
  readonly client: number;
  readonly call: number;
  /** Undefined: the outcome is unknown, or the call was still open. */
  readonly return: number | undefined;
  readonly operation: HistoryOperation;
  /** Undefined beside a `return`: it was executed, and what it answered is not recorded. */
  readonly result: HistoryResult | undefined;
}

/** A history as it happens. `id` joins the beginning and the end of one operation. */
export type HistoryEvent =
  | {
      readonly kind: 'began';
      readonly id: number;
      readonly client: number;
      readonly call: number;
      readonly operation: HistoryOperation;
    }
  | {
      readonly kind: 'ended';
      readonly id: number;
      readonly return: number;
      readonly result: HistoryResult | undefined;
    }
  /** Certainly without effect: as if it had never been called. */
  | { readonly kind: 'failed'; readonly id: number };

export type Verdict =
  /** There is an order of the operations that explains every answer. */
  | { readonly kind: 'valid' }
  /** No order explains these operations of one key; without any one of them, one would. */
  | { readonly kind: 'invalid'; readonly key: string; readonly window: readonly HistoryEntry[] }
  /** The search was ended before it knew. */
  | { readonly kind: 'undecided'; readonly reason: string };

export interface CheckLimits {
  /** Attempts to put an operation next, over all keys. */
  readonly maxSteps?: number;
  /** Asked every few thousand steps; true ends the search undecided. */
  readonly shouldStop?: () => boolean;
}
