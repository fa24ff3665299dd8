/**
 * A storage that forgets everything with the process. Durable at submit.
 *
 * For tests, for the tutorial, and for programs that can lose their state. It must never be used
 * to bring a server back under its old pid after a crash: the server would forget what it promised
 * (P10). For that there is PersistentStorage.
 */

import type {
  FlushOutcome,
  Storage,
  StorageBatch,
  StoredState,
} from '../omnipaxos/storage-port.js';
import { applyBatch, EMPTY_STATE, isUsedState } from './stored-state.js';

export interface MemoryStorageOptions<T> {
  /** Bytes that an entry counts for R2 and for chunks. */
  readonly sizeOf?: (entry: T) => number;
}

/** What an entry of unknown shape counts: 131,072 of them fill the 8 MiB of R2. */
export const DEFAULT_ENTRY_SIZE_BYTES = 64;

/** Costs nothing: byte strings count their length, everything else a constant. */
function defaultSizeOf(entry: unknown): number {
  return entry instanceof Uint8Array ? entry.byteLength : DEFAULT_ENTRY_SIZE_BYTES;
}

export class MemoryStorage<T> implements Storage<T> {
  /** There is no disk that could fail. */
  readonly failure: Error | undefined = undefined;
  readonly #sizeOf: (entry: T) => number;
  readonly #entries: T[] = [];
  #state: StoredState = EMPTY_STATE;
  #position = 0;

  constructor(options: MemoryStorageOptions<T> = {}) {
    this.#sizeOf = options.sizeOf ?? defaultSizeOf;
  }

  get isUsed(): boolean {
    return isUsedState(this.#state);
  }

  get durablePosition(): number {
    return this.#position;
  }

  state(): StoredState {
    return this.#state;
  }

  sizeOf(entry: T): number {
    return this.#sizeOf(entry);
  }

  entries(fromIdx: number, toIdx: number, maxBytes = Infinity): readonly T[] {
    const { compactedIdx, acceptedIdx } = this.#state;
    checkRange({ fromIdx, toIdx, compactedIdx, acceptedIdx });
    if (maxBytes === Infinity) return this.#entries.slice(fromIdx, toIdx);
    let endIdx = fromIdx;
    let bytes = 0;
    while (endIdx < toIdx) {
      bytes += this.#sizeOf(this.#entries[endIdx] as T);
      if (bytes > maxBytes && endIdx > fromIdx) break;
      endIdx += 1;
    }
    return this.#entries.slice(fromIdx, endIdx);
  }

  submit(batch: StorageBatch<T>): number {
    this.#state = applyBatch(this.#state, batch);
    for (const operation of batch) {
      if (operation.kind !== 'appendOnPrefix') continue;
      this.#entries.length = operation.fromIdx;
      for (const entry of operation.entries) this.#entries.push(entry);
    }
    this.#position += 1;
    return this.#position;
  }

  startFlush(done: (outcome: FlushOutcome) => void): void {
    const position = this.#position;
    // Later, as the contract says, and in order; there is no disk whose event could do it.
    void Promise.resolve().then(() => {
      done({ kind: 'durable', position });
    });
  }

  flush(): Promise<number> {
    return Promise.resolve(this.#position);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

interface EntryRange {
  readonly fromIdx: number;
  readonly toIdx: number;
  readonly compactedIdx: number;
  readonly acceptedIdx: number;
}

/** Throws a RangeError outside [compactedIdx, acceptedIdx]. */
export function checkRange({ fromIdx, toIdx, compactedIdx, acceptedIdx }: EntryRange): void {
  const isInside = fromIdx >= compactedIdx && fromIdx <= toIdx && toIdx <= acceptedIdx;
  if (isInside && Number.isInteger(fromIdx) && Number.isInteger(toIdx)) return;
  throw new RangeError(`entries ${fromIdx}..${toIdx} outside ${compactedIdx}..${acceptedIdx}`);
}
