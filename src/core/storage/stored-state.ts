/**
 * The small state beside the entries, and what each operation does to it.
 *
 * Memory, disk and replay share this one function, so that a log read back always gives the state
 * that stood in memory when it was written. It must never reorder operations.
 *
 * Invariant after every batch: compactedIdx <= decidedIdx <= acceptedIdx (P6: clamped).
 */

import { assert } from '../assert.js';
import type { Ballot } from '../omnipaxos/ballot.js';
import type { StorageBatch, StorageOperation, StoredState } from '../omnipaxos/storage-port.js';

/** The same as the protocol's ZERO_BALLOT; this room may import only its types. */
const ZERO: Ballot = Object.freeze({ configurationId: 0, n: 0, priority: 0, pid: 0 });

export const EMPTY_STATE: StoredState = Object.freeze({
  promise: ZERO,
  acceptedRound: ZERO,
  decidedRound: ZERO,
  decidedIdx: 0,
  acceptedIdx: 0,
  compactedIdx: 0,
});

/** What an operation needs to say about its entries for the state to follow. */
export type StateOperation =
  | Exclude<StorageOperation<never>, { kind: 'appendOnPrefix' }>
  | { readonly kind: 'appendOnPrefix'; readonly fromIdx: number; readonly entryCount: number };

/** The operation without its entries. */
export function stateOperation<T>(operation: StorageOperation<T>): StateOperation {
  if (operation.kind !== 'appendOnPrefix') return operation;
  const { kind, fromIdx, entries } = operation;
  return { kind, fromIdx, entryCount: entries.length };
}

type MutableState = { -readonly [K in keyof StoredState]: StoredState[K] };

function applyOne(state: MutableState, operation: StateOperation): void {
  switch (operation.kind) {
    case 'appendOnPrefix':
      assert(
        operation.fromIdx >= state.compactedIdx && operation.fromIdx <= state.acceptedIdx,
        'an append that does not begin inside the log',
      );
      state.acceptedIdx = operation.fromIdx + operation.entryCount;
      return;
    case 'setPromise':
      state.promise = operation.ballot;
      return;
    case 'setAcceptedRound':
      state.acceptedRound = operation.ballot;
      return;
    case 'setDecidedRound':
      state.decidedRound = operation.ballot;
      return;
    case 'setDecidedIdx':
      assert(
        Number.isSafeInteger(operation.idx) && operation.idx >= state.compactedIdx,
        'a decided index that is no index',
      );
      state.decidedIdx = operation.idx;
  }
}

/** The state after the batch. Throws, and changes nothing, where the batch does not fit. */
export function applyOperations(
  state: StoredState,
  operations: readonly StateOperation[],
): StoredState {
  const after: MutableState = {
    promise: state.promise,
    acceptedRound: state.acceptedRound,
    decidedRound: state.decidedRound,
    decidedIdx: state.decidedIdx,
    acceptedIdx: state.acceptedIdx,
    compactedIdx: state.compactedIdx,
  };
  for (const operation of operations) applyOne(after, operation);
  // P6: decidedIdx never runs ahead of the entries it stands on.
  if (after.decidedIdx > after.acceptedIdx) after.decidedIdx = after.acceptedIdx;
  return after;
}

/** The same for a batch that a running protocol submits: it owes more than an old log does. */
export function applyBatch<T>(state: StoredState, batch: StorageBatch<T>): StoredState {
  assert(batch.length > 0, 'a storage batch is never empty');
  for (const operation of batch) {
    // Decided entries never change: a cut below decidedIdx would lose acknowledged data.
    if (operation.kind !== 'appendOnPrefix') continue;
    assert(
      operation.fromIdx >= state.decidedIdx,
      `a cut at ${operation.fromIdx} below the decided index ${state.decidedIdx}`,
    );
  }
  return applyOperations(state, batch.map(stateOperation));
}

/** Whether an earlier process, or an earlier instance on the same storage, took part. */
export function isUsedState(state: StoredState): boolean {
  return state.promise.n > 0 || state.promise.configurationId > 0 || state.acceptedIdx > 0;
}
