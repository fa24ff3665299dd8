/**
 * What the calls of a client take and give: the shapes of the public interface, no behaviour.
 */

import type { VersionedValue } from '../kv/command.js';
import type { Consistency, ScanItem } from '../wire/client-messages.js';
import type { Connector } from './connector.js';
import type { ClientPorts } from './ports.js';

export interface ConnectOptions {
  /** The cluster's id, as cluster.toml has it: nodes of another cluster are refused. */
  readonly clusterId: string;
  /** Each node's pid and the path of its socket. */
  readonly nodes: ReadonlyMap<number, string>;
  /** How long a call may take where it names no deadline of its own. */
  readonly deadlineMs?: number;
  /** Clock, scheduler and randomness; the machine's own unless a test brings others. */
  readonly ports?: ClientPorts;
  /** How to reach a node; Unix sockets unless a test brings something else. */
  readonly connector?: Connector;
  /** Sessions of this handle: as many changes are in flight at once. */
  readonly maxSessions?: number;
}

export interface CallOptions {
  readonly deadlineMs?: number;
}

export interface PutOptions extends CallOptions {
  /** Only where the key has no value. */
  readonly ifAbsent?: boolean;
  /** Only where the key has this version. */
  readonly ifVersion?: number;
}

export interface ReadOptions extends CallOptions {
  /** `local` reads the state of one node, however old it is (C7). Default: `linearizable`. */
  readonly consistency?: Consistency;
  /** The node to ask; with `linearizable` the one to ask first. */
  readonly node?: number;
}

export interface ScanOptions extends ReadOptions {
  readonly prefix?: string;
  /** First key, inclusive. */
  readonly from?: string;
  /** Last key, exclusive. */
  readonly to?: string;
  /** Items altogether; unlimited where it is not given. */
  readonly limit?: number;
  /** From the last key down. */
  readonly isReverse?: boolean;
  /** Leaves the values empty. */
  readonly isKeysOnly?: boolean;
}

export interface ExecuteOptions extends CallOptions {
  /** Repeats an earlier request whose outcome was unknown, as its error named it. */
  readonly requestId?: string;
}

export interface MoveLeaderOptions extends CallOptions {
  /** The node that shall lead. Default: the one that can soonest. */
  readonly to?: number;
}

export interface Written {
  /** The key's version after the change: the log index of it. */
  readonly version: number;
}

export interface Found extends VersionedValue {
  /** How many log entries the state had applied that the answer was read from. */
  readonly appliedIdx: number;
}

export interface ScanPage {
  readonly items: readonly ScanItem[];
  readonly appliedIdx: number;
}
