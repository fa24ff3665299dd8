/**
 * What a simulated client calls next. No value is written twice, by any client.
 *
 * A compare-and-set expects what this client saw last, so that some of them succeed. Numbers are
 * far apart: increments do not reach the next one.
 */

import { unreachable } from '../../assert.js';
import type { HistoryResult } from '../../checker/index.js';
import type { Operation, Value } from '../../kv/index.js';
import type { Prng } from '../prng.js';
import { keyName, type ClientPlan, type OperationWeights } from './client-plan.js';

export type ClientOperation = Operation | { readonly kind: 'get'; readonly key: string };

type Call = keyof OperationWeights;
const CALLS = [
  'get',
  'put',
  'putIfAbsent',
  'delete',
  'increment',
  'compareAndSet',
] as const satisfies readonly Call[];

const COUNTER_INDEX = 0;
const NUMBERS_PER_CLIENT = 10n ** 12n;
const NUMBER_DISTANCE = 10n ** 6n;

export class OperationMix {
  readonly #clientId: number;
  readonly #plan: ClientPlan;
  readonly #prng: Prng;
  readonly #lastSeen = new Map<string, Value>();
  #valueCount = 0;

  constructor(clientId: number, plan: ClientPlan, prng: Prng) {
    this.#clientId = clientId;
    this.#plan = plan;
    this.#prng = prng;
  }

  next(): ClientOperation {
    const index = this.#prng.int(0, this.#plan.keyCount - 1);
    const key = keyName(index);
    const call = this.#drawCall();
    if (index === COUNTER_INDEX && call !== 'get') return this.#increment(key);
    switch (call) {
      case 'get':
        return { kind: 'get', key };
      case 'put':
        return { kind: 'put', key, value: this.#newValue(), condition: undefined };
      case 'putIfAbsent':
        return { kind: 'put', key, value: this.#newValue(), condition: { kind: 'absent' } };
      case 'delete':
        return this.#delete(key);
      case 'increment':
        return this.#increment(key);
      case 'compareAndSet': {
        const expected = this.#lastSeen.get(key) ?? this.#newValue();
        return { kind: 'compareAndSet', key, expected, replacement: this.#newValue() };
      }
      default:
        return unreachable(call);
    }
  }

  /** The answer to the call that `next` gave last. */
  saw(operation: ClientOperation, result: HistoryResult | undefined): void {
    if (operation.kind === 'delete' || result === undefined) return;
    const value = valueAfter(operation, result);
    if (value !== undefined) this.#lastSeen.set(operation.key, value);
  }

  #drawCall(): Call {
    const { weights } = this.#plan;
    let total = 0;
    for (const call of CALLS) total += weights[call];
    let left = this.#prng.fraction() * total;
    for (const call of CALLS) {
      left -= weights[call];
      if (left < 0) return call;
    }
    return 'get';
  }

  #increment(key: string): Operation {
    return { kind: 'increment', key, by: BigInt(this.#prng.int(1, 3)) };
  }

  #delete(key: string): Operation {
    const { keyCount } = this.#plan;
    if (keyCount < 3 || !this.#prng.chance(0.2)) return { kind: 'delete', keys: [key] };
    const other = keyName(this.#prng.int(COUNTER_INDEX + 1, keyCount - 1));
    return { kind: 'delete', keys: key === other ? [key] : [key, other] };
  }

  #newValue(): Value {
    this.#valueCount += 1;
    const name = `c${this.#clientId}-${this.#valueCount}`;
    if (this.#prng.chance(this.#plan.largeShare)) {
      return { kind: 'text', value: name.padEnd(this.#plan.largeSizeBytes, '.') };
    }
    if (this.#prng.chance(0.2)) return { kind: 'text', value: name };
    const first = BigInt(this.#clientId) * NUMBERS_PER_CLIENT;
    return { kind: 'u64', value: first + BigInt(this.#valueCount) * NUMBER_DISTANCE };
  }
}

function valueAfter(
  operation: Exclude<ClientOperation, { kind: 'delete' }>,
  result: HistoryResult,
): Value | undefined {
  switch (result.kind) {
    case 'value':
      return result.value;
    case 'number':
      return { kind: 'u64', value: result.value };
    case 'conditionFailed':
      return result.actual?.value;
    case 'stored':
      return operation.kind === 'put' ? operation.value : undefined;
    case 'swapped':
      return operation.kind === 'compareAndSet' ? operation.replacement : undefined;
    default:
      return undefined;
  }
}
