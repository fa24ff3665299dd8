/**
 * What a load was promised, and whether a cluster still keeps it.
 *
 * Every key has one writer, who never writes a key again after an outcome was unknown (C4). So each
 * key must hold its last acknowledged value, or, where there was one, the unknown value. One counter
 * is shared: it must lie between the acknowledged increments and those plus the unknown ones, and
 * no two acknowledged increments may have given the same sum.
 */

export interface LedgerCounts {
  readonly acknowledged: number;
  readonly unknown: number;
  readonly violations: readonly string[];
}

interface KeyRecord {
  acknowledged: bigint | undefined;
  unknown: bigint | undefined;
}

const MAX_VIOLATIONS_KEPT = 20;

export class Ledger {
  readonly #keys = new Map<string, KeyRecord>();
  readonly #sums = new Set<bigint>();
  readonly #violations: string[] = [];
  #largestSum = 0n;
  #acknowledgedPuts = 0;
  #unknownPuts = 0;
  #unknownIncrements = 0;
  #incrementsInFlight = 0;

  counts(): LedgerCounts {
    return {
      acknowledged: this.#acknowledgedPuts + this.#sums.size,
      unknown: this.#unknownPuts + this.#unknownIncrements,
      violations: [...this.#violations],
    };
  }

  putAcknowledged(key: string, value: bigint): void {
    this.#acknowledgedPuts += 1;
    this.#record(key).acknowledged = value;
  }

  /** The caller writes this key no more: the value may still arrive, at any time. */
  putUnknown(key: string, value: bigint): void {
    this.#unknownPuts += 1;
    this.#record(key).unknown = value;
  }

  /** A linearizable read by the key's only writer, with nothing of its own in flight. */
  putRead(key: string, found: bigint | undefined): void {
    const expected = this.#keys.get(key)?.acknowledged;
    if (found !== expected) this.#violate(`read ${key}: ${say(found)}, written ${say(expected)}`);
  }

  /** Gives the largest sum that was acknowledged before this increment began. */
  incrementStarted(): bigint {
    this.#incrementsInFlight += 1;
    return this.#largestSum;
  }

  incrementAcknowledged(sum: bigint, largestBefore: bigint): void {
    this.#incrementsInFlight -= 1;
    if (this.#sums.has(sum)) this.#violate(`two increments were told the sum ${sum}`);
    if (sum <= largestBefore) {
      this.#violate(`an increment was told ${sum}, after another had been told ${largestBefore}`);
    }
    this.#sums.add(sum);
    if (sum > this.#largestSum) this.#largestSum = sum;
  }

  incrementUnknown(): void {
    this.#incrementsInFlight -= 1;
    this.#unknownIncrements += 1;
  }

  /** Certainly without effect. */
  incrementFailed(): void {
    this.#incrementsInFlight -= 1;
  }

  /** A linearizable read of the counter that began after `largestBefore` had been acknowledged. */
  counterRead(found: bigint | undefined, largestBefore: bigint): void {
    if ((found ?? 0n) < largestBefore) {
      this.#violate(`read a counter of ${say(found)}, acknowledged before: ${largestBefore}`);
    }
    this.#checkUpperBound(found ?? 0n);
  }

  largestSum(): bigint {
    return this.#largestSum;
  }

  /** Compares with what the store holds while nothing is in flight; adds what is wrong. */
  check(items: ReadonlyMap<string, bigint>, counterKey: string): void {
    for (const [key, record] of this.#keys) {
      const found = items.get(key);
      const isExpected =
        found === record.acknowledged || (record.unknown !== undefined && found === record.unknown);
      if (!isExpected) this.#violate(`${key} holds ${say(found)}, ${sayRecord(record)}`);
    }
    const counter = items.get(counterKey) ?? 0n;
    if (counter < BigInt(this.#sums.size)) {
      this.#violate(`the counter is ${counter}, acknowledged were ${this.#sums.size}`);
    }
    if (counter < this.#largestSum) {
      this.#violate(`the counter is ${counter}, an increment was told ${this.#largestSum}`);
    }
    this.#checkUpperBound(counter);
  }

  #checkUpperBound(counter: bigint): void {
    const possible = this.#sums.size + this.#unknownIncrements + this.#incrementsInFlight;
    if (counter > BigInt(possible)) {
      this.#violate(`the counter is ${counter}, more than the ${possible} increments ever sent`);
    }
  }

  #record(key: string): KeyRecord {
    let record = this.#keys.get(key);
    if (record === undefined) {
      record = { acknowledged: undefined, unknown: undefined };
      this.#keys.set(key, record);
    }
    return record;
  }

  #violate(text: string): void {
    if (this.#violations.length < MAX_VIOLATIONS_KEPT) this.#violations.push(text);
  }
}

function say(value: bigint | undefined): string {
  return value === undefined ? 'nothing' : value.toString();
}

function sayRecord(record: KeyRecord): string {
  const unknown = record.unknown === undefined ? '' : `, unknown ${record.unknown}`;
  return `acknowledged ${say(record.acknowledged)}${unknown}`;
}
