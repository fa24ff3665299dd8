/**
 * What one server says of its part in the protocol.
 */

import type { LogIndex, Pid } from './ballot.js';

export interface ParticipantStatus {
  readonly role: 'leader' | 'follower';
  readonly phase: 'none' | 'prepare' | 'accept' | 'recover';
  readonly leader: Pid | undefined;
  /** Leads, is ready for reads, and has an accept quorum. */
  readonly isServing: boolean;
  readonly peers: readonly {
    readonly pid: Pid;
    readonly isConnected: boolean;
    /** Known to a leader only. */
    readonly acceptedIdx: LogIndex | undefined;
  }[];
}
