/** Placeholder of the signature; the implementation follows. */
import type {
  FlushOutcome,
  Storage,
  StorageBatch,
  StoredState,
} from '../omnipaxos/storage-port.js';
import type { PersistentStorageOptions } from './persistent-storage-config.js';

export interface OpenedStorage<T> {
  readonly storage: PersistentStorage<T>;
  readonly origin: 'created' | 'opened';
}

function todo(): never {
  throw new Error('not built yet');
}

export class PersistentStorage<T> implements Storage<T> {
  readonly isUsed: boolean = false;
  readonly durablePosition: number = 0;
  readonly failure: Error | undefined = undefined;
  /** From IDENTITY: clusterId and dirId as 32 hexadecimal digits. */
  readonly identity: { clusterId: string; pid: number; dirId: string } = todo();

  static create<T>(_options: PersistentStorageOptions<T>): Promise<PersistentStorage<T>> {
    return todo();
  }
  static open<T>(_options: PersistentStorageOptions<T>): Promise<PersistentStorage<T>> {
    return todo();
  }
  static openOrCreate<T>(_options: PersistentStorageOptions<T>): Promise<OpenedStorage<T>> {
    return todo();
  }
  state(): StoredState {
    return todo();
  }
  entries(_fromIdx: number, _toIdx: number, _maxBytes?: number): readonly T[] {
    return todo();
  }
  sizeOf(_entry: T): number {
    return todo();
  }
  submit(_batch: StorageBatch<T>): number {
    return todo();
  }
  startFlush(_done: (outcome: FlushOutcome) => void): void {
    todo();
  }
  flush(): Promise<number> {
    return todo();
  }
  /** D19: false below the reserve; asks the disk at most once a second. */
  hasDiskReserve(): boolean {
    return todo();
  }
  close(): Promise<void> {
    return todo();
  }
}
