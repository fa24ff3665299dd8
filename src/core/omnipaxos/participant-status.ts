/**
 * What one server says of its part in the protocol.
 */

import type { Ballot, LogIndex, Pid } from './ballot.js';

/** What a server says of the election in a heartbeat reply (E3). */
export interface ElectionStatus {
  readonly ballot: Ballot;
  readonly leader: Ballot;
  readonly isHappy: boolean;
}

export interface ParticipantStatus {
  readonly role: 'leader' | 'follower';
  readonly phase: 'none' | 'prepare' | 'accept' | 'recover';
  readonly leader: Pid | undefined;
  /** Leads, is ready for reads, and has an accept quorum. */
  readonly isServing: boolean;
  readonly election: ElectionStatus & {
    /** As a leader: an accept quorum followed it in the last full round (H11). */
    readonly hasQuorum: boolean;
  };
  readonly peers: readonly {
    readonly pid: Pid;
    readonly isConnected: boolean;
    /** Known to a leader only. */
    readonly acceptedIdx: LogIndex | undefined;
    /** Its answer in the last full round; undefined: it gave none. */
    readonly lastReply: ElectionStatus | undefined;
  }[];
}
