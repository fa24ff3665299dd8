/**
 * The client handle: the calls of the public interface, each one promise (C4).
 *
 * A call ends in exactly one of three ways: an answer, an error that says it certainly had no effect,
 * or `UnknownOutcomeError`. Nothing here decides which: outcome.ts does.
 */

import type { Operation, OperationReply } from '../kv/command.js';
import type { Value } from '../kv/value.js';
import type { NodeStatus } from '../wire/node-status.js';
import type {
  CallOptions,
  ExecuteOptions,
  Found,
  MoveLeaderOptions,
  PutOptions,
  ReadOptions,
  ScanOptions,
  ScanPage,
  Written,
} from './options.js';

/** Errors of every call: OMNIKV_UNREACHABLE, OMNIKV_NO_QUORUM, OMNIKV_TIMEOUT, OMNIKV_OVERLOADED. */
export interface Client {
  /** Stores a value. OMNIKV_CONDITION_FAILED (`ConditionFailedError`), OMNIKV_UNKNOWN_OUTCOME. */
  put(key: string, value: bigint | Value, options?: PutOptions): Promise<Written>;
  /** Reads a value; undefined where the key has none. */
  get(key: string, options?: ReadOptions): Promise<Found | undefined>;
  /** Removes keys and says how many of them had a value. OMNIKV_UNKNOWN_OUTCOME. */
  delete(keys: readonly string[], options?: CallOptions): Promise<number>;
  /** Adds to a number and gives the sum. OMNIKV_NOT_A_NUMBER, OMNIKV_OVERFLOW, OMNIKV_UNKNOWN_OUTCOME. */
  increment(key: string, by?: bigint, options?: CallOptions): Promise<bigint>;
  /** Replaces a value that equals `expected` in kind and content. OMNIKV_CONDITION_FAILED. */
  compareAndSet(
    key: string,
    expected: bigint | Value,
    replacement: bigint | Value,
    options?: CallOptions,
  ): Promise<Written>;
  /** All items of a range, page after page; each page is one read of its own. */
  scan(options?: ScanOptions): Promise<ScanPage>;
  /** The same, one page at a time. */
  scanPages(options?: ScanOptions): AsyncGenerator<ScanPage, void>;
  /** One change under a session of this handle, as put, delete … are. A condition that failed is a reply. */
  change(operation: Operation, options?: CallOptions): Promise<OperationReply>;
  /**
   * One change without a session: one log entry. The error of an unknown outcome carries the
   * `requestId` that repeats it, from any process, at most once. A condition that failed is a reply.
   */
  execute(operation: Operation, options?: ExecuteOptions): Promise<OperationReply>;
  /** What one node says of itself. OMNIKV_NODE_DOWN. */
  status(pid: number, options?: CallOptions): Promise<NodeStatus>;
  /** The round trip to one node in milliseconds. OMNIKV_NODE_DOWN. */
  ping(pid: number, options?: CallOptions): Promise<number>;
  /** Has one node read the faults of its links anew (`run/links.json`). OMNIKV_NODE_DOWN. */
  reloadFaults(pid: number, options?: CallOptions): Promise<void>;
  /**
   * Has the leader hand over to another node (E8), and gives the pid of the one that leads then.
   * OMNIKV_NOT_HANDED_OVER: nobody took over in time; the leader leads on.
   */
  moveLeader(options?: MoveLeaderOptions): Promise<number>;
  /** Ends all connections; calls under way fail, or are unknown where they were sent. */
  close(): void;
}
