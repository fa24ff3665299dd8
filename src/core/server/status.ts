/**
 * What a node says about itself (`status`): for people and commands, off the hot path.
 */

import { formatBallot } from '../omnipaxos/ballot.js';
import type { ElectionStatus, OmniPaxosStatus } from '../omnipaxos/omnipaxos.js';
import type { LoopDelaySummary } from '../replica/index.js';
import type { LinkFault } from '../wire/index.js';
import type {
  HeartbeatStatus,
  LinkStatus,
  NodeStatus,
  RecoveredStatus,
} from '../wire/node-status.js';

export interface StatusSource {
  readonly protocol: OmniPaxosStatus;
  readonly appliedIdx: number;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly version: string;
  readonly configDigest: string;
  readonly recovered: RecoveredStatus | null;
  readonly isDiskFull: boolean;
  readonly loopDelay: LoopDelaySummary;
  readonly digest: string | undefined;
  readonly isLinkUp: (pid: number) => boolean;
  readonly faultTo: (pid: number) => LinkFault | undefined;
  readonly relaysThrough: number | undefined;
}

export function describeNode(source: StatusSource): NodeStatus {
  const { protocol } = source;
  return {
    pid: protocol.pid,
    osPid: process.pid,
    state: 'running',
    role: protocol.role,
    phase: protocol.phase,
    leader: protocol.leader ?? null,
    isServing: protocol.isServing,
    ballot: formatBallot(protocol.promise),
    promise: formatBallot(protocol.promise),
    acceptedRound: formatBallot(protocol.acceptedRound),
    decidedIdx: protocol.decidedIdx,
    acceptedIdx: protocol.acceptedIdx,
    compactedIdx: protocol.compactedIdx,
    appliedIdx: source.appliedIdx,
    uptimeMs: Math.round(source.nowMs - source.startedAtMs),
    version: source.version,
    links: describeLinks(source),
    election: {
      ...heartbeatOf(protocol.election),
      hasQuorum: protocol.election.hasQuorum,
    },
    relaysThrough: source.relaysThrough ?? null,
    configDigest: source.configDigest,
    recovered: source.recovered,
    isDiskFull: source.isDiskFull,
    loopDelay: source.loopDelay,
    ...(source.digest === undefined ? {} : { digest: source.digest }),
  };
}

function describeLinks(source: StatusSource): Readonly<Record<string, LinkStatus>> {
  const links = source.protocol.peers.map((peer): [string, LinkStatus] => {
    const { pid, acceptedIdx, lastReply } = peer;
    const fault = source.faultTo(pid);
    return [
      String(pid),
      {
        state: source.isLinkUp(pid) ? 'connected' : 'down',
        isHeard: lastReply !== undefined,
        ...(acceptedIdx === undefined ? {} : { acceptedIdx }),
        ...(lastReply === undefined ? {} : { heartbeat: heartbeatOf(lastReply) }),
        ...(fault === undefined ? {} : { fault }),
      },
    ];
  });
  return Object.fromEntries(links);
}

function heartbeatOf({ ballot, leader, isHappy }: ElectionStatus): HeartbeatStatus {
  return { ballot: formatBallot(ballot), leader: formatBallot(leader), isHappy };
}
