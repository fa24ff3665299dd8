/**
 * Any sequence of batches, flushes and openings against a plain array.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { StorageOperation } from '../../src/core/omnipaxos/storage-port.js';
import { MemoryStorage, type PersistentStorage } from '../../src/core/storage/index.js';
import { entry, StorageBench, texts } from '../support/storage-bench.js';

type Step =
  | {
      readonly kind: 'submit';
      readonly parts: readonly {
        readonly at: number;
        readonly sizes: readonly number[];
        readonly decide: number;
      }[];
    }
  | { readonly kind: 'flush' | 'reopen' | 'mark' }
  | {
      readonly kind: 'read';
      readonly from: number;
      readonly count: number;
      readonly maxBytes: number;
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      parts: fc.array(
        fc.record({
          at: fc.double({ min: 0, max: 1, noNaN: true }),
          sizes: fc.array(fc.nat({ max: 900 }), { maxLength: 6 }),
          decide: fc.double({ min: 0, max: 0.5, noNaN: true }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('flush' as const, 'mark' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      count: fc.nat({ max: 20 }),
      maxBytes: fc.nat({ max: 3_000 }),
    }),
  },
);

/** The same steps on the log on disk and on the one in memory. */
class Pair {
  readonly bench: StorageBench;
  readonly model = new MemoryStorage<Uint8Array>();
  log!: PersistentStorage<Uint8Array>;
  #serial = 0;

  constructor(tailCacheBytes: number) {
    this.bench = new StorageBench({ tailCacheBytes });
  }

  async run(next: Step): Promise<void> {
    switch (next.kind) {
      case 'submit': {
        const batch = this.#batch(next);
        this.log.submit(batch);
        this.model.submit(batch);
        break;
      }
      case 'flush':
        await this.log.flush();
        break;
      case 'mark':
        this.bench.scheduler.fire(50);
        break;
      case 'reopen':
        await this.log.close();
        this.log = await this.bench.open();
        break;
      case 'read': {
        const { acceptedIdx } = this.model.state();
        const from = Math.floor(next.from * acceptedIdx);
        const to = Math.min(acceptedIdx, from + next.count);
        expect(texts(this.log.entries(from, to, next.maxBytes))).toEqual(
          texts(this.model.entries(from, to, next.maxBytes)),
        );
      }
    }
  }

  /** Valid where it is submitted: inside the log, never below what is decided. */
  #batch({ parts }: Extract<Step, { kind: 'submit' }>): StorageOperation<Uint8Array>[] {
    const batch: StorageOperation<Uint8Array>[] = [];
    let { acceptedIdx } = this.model.state();
    const { decidedIdx } = this.model.state();
    for (const { at, sizes } of parts) {
      const fromIdx = decidedIdx + Math.round(at * (acceptedIdx - decidedIdx));
      const entries = sizes.map((size) => entry(`e${this.#serial++}`, size));
      batch.push({ kind: 'appendOnPrefix', fromIdx, entries });
      acceptedIdx = fromIdx + entries.length;
    }
    const decide = parts[0]?.decide ?? 0;
    const idx = decidedIdx + Math.floor(decide * (acceptedIdx - decidedIdx));
    batch.push({ kind: 'setDecidedIdx', idx });
    return batch;
  }

  check(): void {
    expect(this.log.state()).toEqual(this.model.state());
    const { acceptedIdx } = this.model.state();
    expect(texts(this.log.entries(0, acceptedIdx))).toEqual(
      texts(this.model.entries(0, acceptedIdx)),
    );
  }
}

describe('a persistent log', () => {
  it.each([0, 2_000, 1_000_000])(
    'is an array, with %i bytes of tail (D23, R6)',
    async (tailCacheBytes) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const pair = new Pair(tailCacheBytes);
          pair.log = await pair.bench.create();
          for (const next of steps) {
            await pair.run(next);
            pair.check();
          }
          await pair.run({ kind: 'reopen' });
          pair.check();
          await pair.log.close();
        }),
        { numRuns: 60 },
      );
    },
  );
});
