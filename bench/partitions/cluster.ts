/**
 * What the experiment needs of a system: its nodes as one client each sees them, what they say of
 * themselves, and a way to trouble the links between them.
 *
 * The same scenarios run on every system that has this; nothing else of it is known to them.
 */

import type { LinkTrouble } from './scenario.js';

/** A client that knows one node only. Each call has its own deadline and rejects after it. */
export interface NodeClient {
  /** Resolves when the write is acknowledged. */
  put(key: string, value: bigint): Promise<unknown>;
  /** Linearizable. */
  get(key: string): Promise<unknown>;
  close(): void;
}

export interface NodeView {
  readonly node: number;
  /** Reaches a quorum and serves, as far as it knows. */
  readonly isLeading: boolean;
  /** The round that it leads or follows; the larger one is the later. */
  readonly round: readonly number[];
  readonly decidedIdx: number;
}

/** Sets what is wrong with the links, of all of them at once. */
export interface Cutter {
  /** Replaces what was set before; resolves when every node obeys. Nothing is: all is healed. */
  set(troubles: readonly LinkTrouble[]): Promise<void>;
}

export interface Cluster extends Cutter {
  readonly nodes: readonly number[];
  connect(node: number): Promise<NodeClient>;
  /** Undefined where it did not answer in time. */
  view(node: number): Promise<NodeView | undefined>;
  /** After the load: the verdict on what was answered, undefined where nothing was recorded. */
  judge(): Promise<string | undefined>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** An empty directory that belongs to the run. */
  readonly directory: string;
  readonly nodeCount: number;
  /** Kept where it is given, beyond the directory of the run. */
  readonly historyPath: string;
}

export interface PartitionedSystem {
  readonly name: string;
  /** By default, of this system. */
  readonly electionTimeoutMs: number;
  /** Beyond cuts: loss and delay. */
  readonly hasLossAndDelay: boolean;
  missing(): Promise<string | undefined>;
  /** Resolves when the first write would be served. */
  start(options: ClusterOptions): Promise<Cluster>;
}

/** Of every call of a client: longer than an election, shorter than a cut. */
export const CALL_DEADLINE_MS = 1_000;
/** Of a question to a node about itself. */
export const VIEW_DEADLINE_MS = 500;
