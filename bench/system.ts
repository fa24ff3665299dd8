/**
 * What the benchmark measures: a system that it starts and stops, and a driver that calls it.
 *
 * A system runs on this machine alone, in a directory of its own, and is as durable as its own
 * settings allow; which ones, `durability` says in the report. The driver runs in the load
 * processes and gets no more than what `address` holds.
 */

/**
 * What is measured is a server that has been running for a while. An engine that compiles while it
 * runs is not there in the first second: omnikv's puts are a fifth below what they are after ten,
 * ZooKeeper's two thirds.
 */
export const WARM_UP_MS = 10_000;

export interface StartOptions {
  /** An empty directory that belongs to the run. */
  readonly directory: string;
  readonly nodeCount: number;
}

export interface RunningNode {
  readonly name: string;
  readonly osPid: number;
  /** The directory whose bytes are this node's data. */
  readonly dataPath: string;
  /** Connects a driver to this node alone; undefined where the system's address is for all. */
  readonly address?: string;
}

export interface RunningSystem {
  /** What the driver needs to connect; passed to it as it is. */
  readonly address: string;
  readonly nodes: readonly RunningNode[];
  /** The node that leads now; undefined where nobody does, or where nodes do not lead. */
  leader(): Promise<RunningNode | undefined>;
  stop(): Promise<void>;
}

export interface System {
  readonly name: string;
  /** One line for the report: what an acknowledgement means. */
  readonly durability: string;
  /** What is missing on this machine and how to install it; undefined where it can run. */
  missing(): Promise<string | undefined>;
  /** Resolves when the first write would be served. */
  start(options: StartOptions): Promise<RunningSystem>;
}

export interface DriverOptions {
  readonly address: string;
  /** Calls that may be under way at once. */
  readonly concurrency: number;
  readonly valueBytes: number;
}

export interface Driver {
  /** Resolves when the write is acknowledged. `sequence` makes the value differ from call to call. */
  put(key: string, sequence: number): Promise<unknown>;
  /** A read as strong as the system has one. Resolves for a missing key, too. */
  get(key: string): Promise<unknown>;
  close(): Promise<void>;
}

/** A driver's module has this as `connect`. */
export type Connect = (options: DriverOptions) => Promise<Driver>;
