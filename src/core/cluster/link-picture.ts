/**
 * What is true of each direction of each link, from what both ends say. Pure.
 *
 * A fault that is set counts at once, before the next heartbeat round shows it; where none is set,
 * the heartbeats decide. A round trip that succeeds proves both directions.
 */

import type { DirectedFault, LinkFault } from '../wire/link-fault.js';
import type { LinkStatus } from '../wire/node-status.js';
import type { NodeView } from './cluster-status.js';

/**
 * `down`: an end does not run, or there is no connection. `unknown`: nothing is set, and still no
 * heartbeat comes back (yet), or an end does not say.
 */
export type LinkState = 'works' | 'cut' | 'faulty' | 'down' | 'unknown';

/** What `from` sends to `to`. */
export interface LinkPicture {
  readonly from: number;
  readonly to: number;
  readonly state: LinkState;
  /** Set on purpose; also where the link is down for another reason. */
  readonly fault: LinkFault | undefined;
  /** Both ends run: if it does not work, the link is to blame. */
  readonly areEndsUp: boolean;
}

/** `faults`: as they are written down; they count for nodes that do not say what they do. */
export function linksBetween(
  nodes: readonly NodeView[],
  faults: readonly DirectedFault[],
): readonly LinkPicture[] {
  const faultOf = (from: NodeView, to: NodeView) => {
    if (from.status !== undefined) return linkStatus(from, to)?.fault;
    return faults.find((fault) => fault.from === from.pid && fault.to === to.pid)?.fault;
  };
  return nodes.flatMap((from) => {
    const others = nodes.filter((to) => to.pid !== from.pid);
    return others.map((to) =>
      linkOf({ from, to, fault: faultOf(from, to), back: faultOf(to, from) }),
    );
  });
}

interface Ends {
  readonly from: NodeView;
  readonly to: NodeView;
  readonly fault: LinkFault | undefined;
  /** Of the other direction. */
  readonly back: LinkFault | undefined;
}

function linkOf(ends: Ends): LinkPicture {
  const { from, to, fault } = ends;
  const areEndsUp = from.state === 'running' && to.state === 'running';
  const state = areEndsUp ? stateOf(ends) : 'down';
  return {
    from: from.pid,
    to: to.pid,
    state,
    fault: isFault(fault) ? fault : undefined,
    areEndsUp,
  };
}

function stateOf({ from, to, fault, back: backFault }: Ends): LinkState {
  const forth = linkStatus(from, to);
  const back = linkStatus(to, from);
  if (fault?.isCut === true) return 'cut';
  if (forth?.state === 'down' || (forth === undefined && back?.state === 'down')) return 'down';
  if (isFault(fault)) return 'faulty';
  const heard = [forth?.isHeard, back?.isHeard];
  if (heard.includes(true)) return 'works';
  // The other direction explains the silence.
  if (backFault?.isCut === true && forth !== undefined) return 'works';
  return heard.includes(false) || forth === undefined ? 'unknown' : 'works';
}

/** H15: whether a heartbeat of `from` comes back from `to`. */
export function isHeard(
  from: NodeView,
  to: NodeView,
  links: readonly LinkPicture[],
): { readonly isHeard: boolean; readonly couldBeHeard: boolean } {
  const states = [stateIn(links, from.pid, to.pid), stateIn(links, to.pid, from.pid)];
  const couldBeHeard = !states.includes('cut') && !states.includes('down');
  const said = linkStatus(from, to)?.isHeard ?? linkStatus(to, from)?.isHeard;
  return { couldBeHeard, isHeard: couldBeHeard && (said ?? !states.includes('unknown')) };
}

export function stateIn(links: readonly LinkPicture[], from: number, to: number): LinkState {
  return links.find((link) => link.from === from && link.to === to)?.state ?? 'unknown';
}

function linkStatus(from: NodeView, to: NodeView): LinkStatus | undefined {
  return from.status?.links[String(to.pid)];
}

function isFault(fault: LinkFault | undefined): fault is LinkFault {
  if (fault === undefined) return false;
  const { delayMs, jitterMs, dropProbability, duplicateProbability, reorderProbability } = fault;
  const numbers = [delayMs, jitterMs, dropProbability, duplicateProbability, reorderProbability];
  return fault.isCut || numbers.some((number) => number > 0) || fault.bytesPerSecond !== undefined;
}
