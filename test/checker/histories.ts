/**
 * Made-up histories: small ones that are anything, larger ones that are linearizable by construction.
 */

import type {
  HistoryEntry,
  HistoryOperation,
  HistoryResult,
} from '../../src/core/checker/index.js';
import type { Value } from '../../src/core/kv/index.js';
import { type Prng } from '../../src/core/simulator/prng.js';
import { stepWithStore } from './reference.js';

export const u64 = (value: number | bigint): Value => ({ kind: 'u64', value: BigInt(value) });
export const text = (value: string): Value => ({ kind: 'text', value });

const SMALL_VALUES: readonly Value[] = [u64(1), u64(2), u64(3), text('a')];

/** One key, up to 7 operations, times that touch, any answers: about half of them can be ordered. */
export function anySmallHistory(prng: Prng): HistoryEntry[] {
  const count = prng.int(1, 7);
  const span = prng.pick([6, 12, 24]);
  const isHonest = prng.chance(0.7);
  let state: Value | undefined;
  const entries: HistoryEntry[] = [];
  for (let at = 0; at < count; at++) {
    const operation = anyOperation(prng);
    const call = isHonest ? at * 2 + prng.int(0, 2) : prng.int(0, span);
    const length = prng.int(0, span / 2);
    const honest = answerOf(operation, state);
    const result = prng.chance(isHonest ? 0.15 : 0.5) ? anyResult(operation, prng) : honest;
    const isUnknown = prng.chance(0.2);
    if (!isUnknown || prng.chance(0.5)) state = stateAfter(operation, state);
    entries.push({
      client: at,
      call,
      return: isUnknown ? undefined : call + length,
      operation,
      result: isUnknown || prng.chance(0.1) ? undefined : result,
    });
  }
  return entries;
}

function anyOperation(prng: Prng): HistoryOperation {
  const key = 'k';
  const value = prng.pick(SMALL_VALUES);
  switch (prng.int(0, 6)) {
    case 0:
    case 1:
      return { kind: 'put', key, value };
    case 2:
      return { kind: 'put', key, value, ifAbsent: true };
    case 3:
      return { kind: 'delete', key };
    case 4:
      return { kind: 'increment', key, by: BigInt(prng.int(1, 2)) };
    case 5:
      return { kind: 'compareAndSet', key, expected: value, replacement: prng.pick(SMALL_VALUES) };
    default:
      return { kind: 'get', key };
  }
}

function anyResult(operation: HistoryOperation, prng: Prng): HistoryResult {
  const value = SMALL_VALUES[prng.int(0, SMALL_VALUES.length)];
  const failed: HistoryResult = {
    kind: 'conditionFailed',
    actual: prng.chance(0.3) ? undefined : { value },
  };
  switch (operation.kind) {
    case 'put':
      return prng.chance(0.5) ? { kind: 'stored' } : failed;
    case 'get':
      return { kind: 'value', value };
    case 'delete':
      return { kind: 'deleted', wasPresent: prng.chance(0.5) };
    case 'increment':
      return prng.chance(0.2)
        ? { kind: 'notANumber' }
        : { kind: 'number', value: BigInt(prng.int(1, 5)) };
    case 'compareAndSet':
      return prng.chance(0.5) ? { kind: 'swapped' } : failed;
  }
}

/** What the store answers in this state. */
export function answerOf(operation: HistoryOperation, state: Value | undefined): HistoryResult {
  const held = { kind: 'conditionFailed', actual: { value: state } } as const;
  const number = state === undefined ? 0n : state.kind === 'u64' ? state.value : undefined;
  const candidates: HistoryResult[] = [
    { kind: 'value', value: state },
    { kind: 'stored' },
    held,
    { kind: 'deleted', wasPresent: state !== undefined },
    { kind: 'swapped' },
    { kind: 'notANumber' },
  ];
  if (number !== undefined && operation.kind === 'increment') {
    candidates.push({ kind: 'number', value: number + operation.by });
  }
  const answer = candidates.find((result) => stepWithStore({ operation, result }, state));
  if (answer === undefined) throw new Error('no answer fits');
  return answer;
}

export function stateAfter(
  operation: HistoryOperation,
  state: Value | undefined,
): Value | undefined {
  return stepWithStore({ operation, result: undefined }, state)?.state;
}

export interface GoodHistoryOptions {
  readonly operationCount: number;
  readonly clientCount: number;
  readonly keys: readonly string[];
  /** Of changes. */
  readonly unknownShare: number;
}

/** `counter` takes only increments and gets; no other value is ever written twice. */
export const COUNTER = 'counter';

/** What happened, and when it took effect; undefined: never. */
export interface GoodEntry extends HistoryEntry {
  readonly effectAt: number | undefined;
}

/** Clients call one operation after another; each takes effect somewhere between call and return. */
export function goodHistory(prng: Prng, options: GoodHistoryOptions): GoodEntry[] {
  const { operationCount, clientCount, keys, unknownShare } = options;
  const freeAt = Array.from({ length: clientCount }, () => prng.int(0, 50));
  const drafts: { client: number; call: number; effectAt: number; end: number; key: string }[] = [];
  for (let at = 0; at < operationCount; at++) {
    const client = freeAt.indexOf(Math.min(...freeAt));
    const call = freeAt[client]!;
    const effectAt = call + 1 + prng.int(0, 20) + prng.fraction();
    const end = Math.ceil(effectAt) + prng.int(0, 20);
    drafts.push({ client, call, effectAt, end, key: prng.pick(keys) });
    freeAt[client] = end + prng.int(1, 20);
  }
  drafts.sort((a, b) => a.effectAt - b.effectAt);
  const states = new Map<string, Value | undefined>();
  return drafts.map(({ client, call, effectAt, end, key }, at) => {
    const state = states.get(key);
    const operation = goodOperation(key, state, at, prng);
    const isUnknown = operation.kind !== 'get' && prng.chance(unknownShare);
    const isExecuted = !isUnknown || prng.chance(0.5);
    if (isExecuted) states.set(key, stateAfter(operation, state));
    return {
      client,
      call,
      return: isUnknown ? undefined : end,
      operation,
      result: isUnknown ? undefined : answerOf(operation, state),
      effectAt: isExecuted ? effectAt : undefined,
    };
  });
}

function goodOperation(
  key: string,
  state: Value | undefined,
  at: number,
  prng: Prng,
): HistoryOperation {
  const value = prng.chance(0.7) ? u64(1_000_000 * (at + 1)) : text(`v${at}`);
  const draw = prng.fraction();
  if (draw < 0.35) return { kind: 'get', key };
  if (key === COUNTER || draw < 0.5) {
    return { kind: 'increment', key, by: BigInt(prng.int(1, 3)) };
  }
  if (draw < 0.75) return { kind: 'put', key, value };
  if (draw < 0.8) return { kind: 'put', key, value, ifAbsent: true };
  if (draw < 0.87) return { kind: 'delete', key };
  const expected = state !== undefined && prng.chance(0.7) ? state : text('never written');
  return { kind: 'compareAndSet', key, expected, replacement: value };
}
