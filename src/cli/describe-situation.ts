/**
 * One sentence that says what is going on in a cluster: every situation and every remark has its
 * words here, and a test goes through all of them.
 */

import type { ClusterSituation, Remark } from '../core/cluster/situation.js';

export function describeSituation(situation: ClusterSituation): string {
  switch (situation.kind) {
    case 'leads': {
      const { pid, n, remarks } = situation;
      const leads = `node ${pid} leads${inBallot(n)}`;
      if (remarks.length === 0) return `all well: ${leads}`;
      return [leads, ...remarks.map(describeRemark)].join('; ');
    }
    case 'stopped':
      return 'no node runs; omnikv start starts them';
    case 'tooFewRun': {
      const { running, of, needed, paused } = situation;
      const also = paused.length === 0 ? '' : ` (paused: ${paused.join(', ')})`;
      return `no leader: ${running} of ${of} nodes ${running === 1 ? 'runs' : 'run'}${also}, a quorum is ${needed}`;
    }
    case 'takingOver':
      return `node ${situation.pid} is taking over${inBallot(situation.n)}`;
    case 'leaderWithoutQuorum': {
      const { pid, n, candidates } = situation;
      const leads = `node ${pid} leads${inBallot(n)} but reaches no quorum`;
      if (candidates.length > 0) return `${leads}; ${describeCandidates(candidates)}`;
      return `${leads}, and no other node does; omnikv why stuck says what would help`;
    }
    case 'noLeader': {
      const { candidates, needed, runsWhole } = situation;
      if (candidates.length > 0) return `no leader; ${describeCandidates(candidates)}`;
      const nodes = runsWhole ? 'all nodes run' : 'enough nodes run';
      return `no leader: ${nodes}, but none reaches a quorum of ${needed}; omnikv why stuck says what would help`;
    }
  }
}

export function describeCandidates(pids: readonly number[]): string {
  if (pids.length === 1)
    return `node ${pids[0]} is the only quorum-connected node and will take over`;
  return `${nodeList(pids)} are quorum-connected and one of them will take over`;
}

function describeRemark(remark: Remark): string {
  switch (remark.kind) {
    case 'oldLeader':
      return `node ${remark.pid} still believes that it leads${inBallot(remark.n)} and can decide nothing`;
    case 'cutOff':
      return `${nodeList(remark.pids)} ${isOrAre(remark.pids)} cut off from all others`;
    case 'relayed':
      return `node ${remark.pid} does not hear it and serves its clients through node ${remark.through}`;
    case 'unheard':
      return `${nodeList(remark.pids)} ${remark.pids.length === 1 ? 'does' : 'do'} not hear it`;
    case 'absent': {
      const state = remark.state === 'stale' ? 'not what the run file says' : remark.state;
      return `${nodeList(remark.pids)} ${isOrAre(remark.pids)} ${state}`;
    }
    case 'silent':
      return `${nodeList(remark.pids)} ${remark.pids.length === 1 ? 'does' : 'do'} not answer`;
    case 'behind':
      return `node ${remark.pid} lacks ${remark.lag} decided entries`;
    case 'harmlessCuts': {
      const { links } = remark;
      const subject = links.length === 1 ? `link ${links[0]} is` : `links ${links.join(', ')} are`;
      return `${subject} cut, and every running node hears the leader`;
    }
    case 'faultyLinks': {
      const { count } = remark;
      return `${count} ${count === 1 ? 'direction of a link is' : 'directions of links are'} slow or lossy`;
    }
  }
}

/** "node 2", "nodes 1 and 3", "nodes 1, 3 and 5". */
export function nodeList(pids: readonly number[]): string {
  if (pids.length === 1) return `node ${pids[0]}`;
  return `nodes ${pids.slice(0, -1).join(', ')} and ${pids.at(-1)}`;
}

function isOrAre(pids: readonly number[]): string {
  return pids.length === 1 ? 'is' : 'are';
}

export function inBallot(n: number | undefined): string {
  return n === undefined ? '' : ` in ballot ${n}`;
}
