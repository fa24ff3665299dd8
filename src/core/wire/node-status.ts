/**
 * What a running node says about itself: the JSON of a `status` answer, for people and for the
 * commands. Off the hot path. Fields are only ever added; ballots are text, as people read them.
 */

import type { LinkFault } from './link-fault.js';

export interface NodeStatus {
  readonly pid: number;
  /** The process id of the operating system. */
  readonly osPid: number;
  readonly state: 'running';
  readonly role: 'leader' | 'follower';
  readonly phase: 'none' | 'prepare' | 'accept' | 'recover';
  /** The server this node follows; null where it knows none. */
  readonly leader: number | null;
  /** A leader that is ready and has its accept quorum. */
  readonly isServing: boolean;
  /** The node's own ballot in the election. */
  readonly ballot: string;
  readonly promise: string;
  readonly acceptedRound: string;
  readonly decidedIdx: number;
  readonly acceptedIdx: number;
  readonly compactedIdx: number;
  readonly appliedIdx: number;
  readonly uptimeMs: number;
  /** Of the program. */
  readonly version: string;
  readonly links: Readonly<Record<string, LinkStatus>>;
  /** Of the configuration file the node runs with: shows an edit since the start. */
  readonly configDigest: string;
  /** This node's own part in the election. */
  readonly election?: HeartbeatStatus & {
    /** As a leader: an accept quorum followed it in the last round. */
    readonly hasQuorum: boolean;
  };
  /** X7: the neighbour through which it serves its clients; null where it needs none or has none. */
  readonly relaysThrough?: number | null;
  /** What start-up found on the disk; null where the storage was new. */
  readonly recovered: RecoveredStatus | null;
  /** D19: new writes are refused. */
  readonly isDiskFull: boolean;
  /** R8: how late the event loop was in the last minute. */
  readonly loopDelay?: { readonly p99Ms: number; readonly maxMs: number };
  /** Of the state machine at `appliedIdx`: equal on all nodes that applied as much. */
  readonly digest?: string;
}

export interface LinkStatus {
  readonly state: 'connected' | 'down';
  /** What the leader knows of this follower. */
  readonly acceptedIdx?: number;
  /** It answered this node's last full heartbeat round: both directions of the link work. */
  readonly isHeard?: boolean;
  /** What it last answered, ballots as text; absent where it has not yet. */
  readonly heartbeat?: HeartbeatStatus;
  /** What this node does to what it sends there. */
  readonly fault?: LinkFault;
}

/** The election as one node sees it (E3). */
export interface HeartbeatStatus {
  /** Its own ballot, `c1.n4.p0@2`; n is 0 where it has not run since its start. */
  readonly ballot: string;
  /** The ballot that it follows. */
  readonly leader: string;
  readonly isHappy: boolean;
}

export interface RecoveredStatus {
  readonly decidedIdx: number;
  readonly acceptedIdx: number;
  /** Bytes of a torn last record that were cut (kept in a `.torn` file). */
  readonly tornBytes: number;
}
