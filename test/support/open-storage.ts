/**
 * The real storage on any file system, in virtual time, for tests that never wait.
 */

import type { FileSystem, Scheduler } from '../../src/core/platform/ports.js';
import type { EventQueue } from '../../src/core/simulator/event-queue.js';
import { bytesCodec, PersistentStorage } from '../../src/core/storage/index.js';

export const IDENTITY = { clusterId: '00112233445566778899aabbccddeeff', pid: 1 };

export interface OpenStorageOptions {
  readonly fileSystem: FileSystem;
  readonly path: string;
  readonly queue: EventQueue;
  readonly directoryIdentity: string;
  readonly segmentBytes?: number;
  /** Timers of a dead process do not go off. */
  readonly isAlive?: () => boolean;
}

export function openStorage(options: OpenStorageOptions): PersistentStorage<Uint8Array> {
  const { fileSystem, path, queue, directoryIdentity, isAlive = () => true } = options;
  return PersistentStorage.openHeld(
    {
      path,
      identity: IDENTITY,
      codec: bytesCodec,
      logOptions: { segmentBytes: options.segmentBytes ?? 4_096 },
      // Small, so that entries come back from the segments.
      tailCacheBytes: 20_000,
      ports: {
        fileSystem,
        scheduler: virtualScheduler(queue, isAlive),
        random: { bytes: (count) => new Uint8Array(count), fraction: () => 0.5 },
        guard: { acquire: () => Promise.reject(new Error('it is held')) },
      },
    },
    { guard: { release: () => Promise.resolve() }, directoryIdentity },
  );
}

function virtualScheduler(queue: EventQueue, isAlive: () => boolean): Scheduler {
  const after = (delayMs: number, task: () => void): { cancel: () => void } => {
    let isCancelled = false;
    queue.after(delayMs * 1_000, () => {
      if (!isCancelled && isAlive()) task();
    });
    return { cancel: () => (isCancelled = true) };
  };
  return { defer: (task) => void after(0, task), after };
}
