/**
 * The ports: everything the rooms below need of the machine, as interfaces.
 *
 * The real adapters stand beside this file; the simulator and the tests bring others. Nothing on
 * the hot path returns a promise: completion is an event, so that its order can be controlled.
 */

/** An open file. Offsets are absolute. One write at a time per file (D14). */
export interface FileHandle {
  /** Reads up to `length` bytes at `position`; shorter only at the end of the file. */
  read(position: number, length: number): Uint8Array;
  /** Synchronous and complete, or throws. For start-up and recovery. */
  writeSync(bytes: Uint8Array, position: number): void;
  /** Complete (short writes are continued inside), or an error. `done` is never called inline. */
  write(bytes: Uint8Array, position: number, done: (error: Error | undefined) => void): void;
  /** fdatasync. `done` is never called inline. */
  sync(done: (error: Error | undefined) => void): void;
  syncNow(): void;
  size(): number;
  close(): void;
}

/**
 * A segment of the log while it is written (D15): from the front to the back, each write beginning
 * where the last one ended, with zeros behind it. One call at a time (D14).
 */
export interface LogFile {
  /** Complete, and on the disk where the log is synced, when `done` says so; never inline. */
  write(bytes: Uint8Array, position: number, done: (error: Error | undefined) => void): void;
  /** The same while the caller waits, or throws. */
  writeNow(bytes: Uint8Array, position: number): void;
  /** Zeros, in the same way, anywhere behind what was written: at most FILL_BYTES of them. */
  fill(position: number, length: number, done: (error: Error | undefined) => void): void;
  /** All of it is on the disk, also of a log that is not synced. Says so at once where it is. */
  sync(done: (error: Error | undefined) => void): void;
  /** Only when nothing is under way. */
  close(): void;
}

/** Log files that are written past the page cache, each write on the disk when it ends (D32). */
export interface DirectFiles {
  /**
   * An existing file that is written up to `end`; undefined where the file system or the machine
   * refuses direct writes.
   */
  open(path: string, end: number): LogFile | undefined;
  /** A new file beside one that was opened. EEXIST where the name is taken. */
  create(path: string): LogFile;
}

/** R8: whether the next sync of a few KiB may hold the calling thread. One sync at a time. */
export interface SyncPace {
  readonly isQuick: boolean;
  syncBegan(): void;
  /** It succeeded, wherever it ran. */
  syncEnded(): void;
}

/** What every call of a file or file system throws, or hands to `done`. */
export interface FileSystemError extends Error {
  /** A Node errno: ENOENT, EIO, ENOSPC … */
  readonly code: string;
}

export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'other';
  readonly sizeBytes: number;
  /** Permission bits, as in 0o700. */
  readonly mode: number;
  /** `dev:inode`: two names of one directory have the same. */
  readonly identity: string;
}

/**
 * Files and directories. Everything throws `FileSystemError` (a Node errno in `code`) on failure.
 * New files are 0600, new directories 0700 (D1).
 */
export interface FileSystem {
  status(path: string): FileStatus | undefined;
  list(directory: string): readonly string[];
  makeDirectory(path: string): void;
  /** `create` is exclusive: EEXIST where the name is taken. It opens for reading and writing. */
  open(path: string, mode: 'read' | 'readWrite' | 'create'): FileHandle;
  readFile(path: string): Uint8Array;
  rename(from: string, to: string): void;
  /** A file, or an empty directory. */
  remove(path: string): void;
  /** Makes creations, renames and removals in this directory durable. */
  syncDirectory(path: string): void;
  /** The same without waiting (R8). `done` is never called inline. */
  startDirectorySync(path: string, done: (error: Error | undefined) => void): void;
  freeBytes(path: string): number;
}

/** What the transport needs of the file system around a Unix socket (N1, N3). */
export interface SocketFiles {
  /** What stands at `path`, links not followed; undefined where nothing does. */
  kindOf(path: string): 'socket' | 'other' | undefined;
  remove(path: string): void;
  /** Permission bits of the directory that holds `path`. */
  directoryMode(path: string): number;
  /** Runs `action` with umask 0o177, so that what it creates is 0600, then restores the umask. */
  privately<T>(action: () => T): T;
}

/** Monotonic; its zero means nothing. Never the wall clock (P12). */
export interface Clock {
  nowMs(): number;
}

export interface Timer {
  cancel(): void;
}

export interface Scheduler {
  /** Runs once after the events that are already here. */
  defer(task: () => void): void;
  after(delayMs: number, task: () => void): Timer;
}

export interface Random {
  bytes(count: number): Uint8Array;
  /** Uniform in [0, 1). For jitter, and for what nobody would guess at. */
  fraction(): number;
}

/** D29: exclusive use of a data directory, freed by the kernel when the process dies. */
export interface DirectoryGuard {
  /** Calls back once; `OMNIKV_DATA_IN_USE` where another process holds it. */
  acquire(directoryIdentity: string): Promise<HeldGuard>;
}

export interface HeldGuard {
  release(): Promise<void>;
}

export interface Logger {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}
