/**
 * Events of a cluster in words, one line each.
 */

import type { ClusterEvent, LeaderChangeReason } from '../core/cluster/cluster-events.js';
import { inBallot } from './describe-situation.js';
import { shortFault } from './draw-cluster.js';
import { formatDuration } from './duration.js';
import type { JsonObject } from './output.js';

export function describeEvent(event: ClusterEvent): string {
  switch (event.kind) {
    case 'leaderCame': {
      const { pid, n, before, reason } = event;
      const why = describeReason(reason);
      if (reason.kind === 'anew') return `node ${pid} leads anew${inBallot(n)}`;
      const after = before === undefined || before === pid ? '' : ` after node ${before}`;
      return `node ${pid} leads${inBallot(n)}${after}${why === undefined ? '' : `: ${why}`}`;
    }
    case 'leaderLost': {
      const why = describeReason(event.reason);
      return `node ${event.pid} leads no more${why === undefined ? '' : `: ${why}`}`;
    }
    case 'nodeState':
      return describeState(event);
    case 'linksCut':
      return `${linkList(event.links)} cut`;
    case 'linksHealed':
      return `${linkList(event.links)} healed`;
    case 'linkFault': {
      const { links, fault } = event;
      return fault === undefined
        ? `${linkList(links)} as it should be`
        : `${linkList(links)} now ${shortFault(fault)}`;
    }
    case 'linksLost':
      return `${linkList(event.links)} lost its connection`;
    case 'linksBack':
      return `${linkList(event.links)} connected again`;
    case 'relay': {
      const { pid, through } = event;
      return through === undefined
        ? `node ${pid} relays no more`
        : `node ${pid} serves its clients through node ${through}`;
    }
  }
}

/** Undefined where there is nothing to say. */
export function describeReason(reason: LeaderChangeReason): string | undefined {
  switch (reason.kind) {
    case 'first':
    case 'anew':
      return undefined;
    case 'notRunning':
      return `node ${reason.pid} is ${reason.state}`;
    case 'silent':
      return `node ${reason.pid} does not answer`;
    case 'noQuorum': {
      const { pid, reached, of, needed } = reason;
      return `node ${pid} reaches only ${reached} of ${of}, a quorum is ${needed}`;
    }
    case 'gaveWay':
      return `node ${reason.pid} still reaches a quorum: it handed over, restarted or had a slow disk`;
  }
}

function describeState({ pid, from, to }: ClusterEvent & { readonly kind: 'nodeState' }): string {
  if (to !== 'running') return `node ${pid} is ${to}`;
  return from === 'paused' ? `node ${pid} resumed` : `node ${pid} is back`;
}

function linkList(links: readonly string[]): string {
  return links.length === 1 ? `link ${links[0]}` : `links ${links.join(', ')}`;
}

export interface TimedEvent {
  /** From the start of the command. */
  readonly atMs: number;
  readonly event: ClusterEvent;
}

/** `+  2.5 s  node 1 is down`. */
export function eventLine({ atMs, event }: TimedEvent): string {
  return `+${formatDuration(atMs).padStart(7)}  ${describeEvent(event)}`;
}

export function eventToJson({ atMs, event }: TimedEvent): JsonObject {
  return { atMs: Math.round(atMs), ...event, text: describeEvent(event) };
}
