/**
 * `why leader` and `why stuck` in sentences and as JSON.
 */

import type { Cure, CureSet, SmallestCures } from '../core/cluster/smallest-cures.js';
import type {
  Answer,
  LeaderExplanation,
  NoLeaderExplanation,
  PeerAnswer,
  Restraint,
} from '../core/cluster/why-leader.js';
import type { StuckExplanation } from '../core/cluster/why-stuck.js';
import { describeCandidates, inBallot, nodeList } from './describe-situation.js';
import type { JsonObject } from './output.js';

export function renderWhyLeader(why: LeaderExplanation | NoLeaderExplanation): string[] {
  if (why.kind === 'noLeader') return renderNoLeader(why);
  const { pid, ballot, peers, followCount, needed, hasQuorum, restraints } = why;
  const full = ballot === undefined ? '' : ` (${ballot.text})`;
  const nodes = peers.length + 1;
  const noun = nodes === 1 ? 'node' : 'nodes';
  const follow = `${followCount} of ${nodes} ${noun} ${followCount === 1 ? 'follows' : 'follow'} it`;
  const leads = `node ${pid} leads${inBallot(ballot?.n)}${full}`;
  return [
    hasQuorum ? leads : `${leads}, but reaches no quorum`,
    ...peers.map((peer) => `  node ${peer.pid} ${describeAnswer(peer.answer)}`),
    `${follow}, itself included; to decide it needs ${needed}`,
    ...describeRestraints(restraints),
  ];
}

function renderNoLeader({ needed, nodes }: NoLeaderExplanation): string[] {
  const candidates = nodes.filter((node) => node.isCandidate).map(({ pid }) => pid);
  return [
    `no node leads; to take over a node needs answers from ${needed}, itself included`,
    ...nodes.map(({ pid, state, reached, peers }) => {
      if (state !== 'running') return `  node ${pid} is ${state}`;
      return `  node ${pid} reaches ${reached}${becauseOf(peers)}`;
    }),
    ...(candidates.length > 0 ? [describeCandidates(candidates)] : []),
  ];
}

/** By reason, not by node: seven nodes that are cut off from one another stay readable. */
function becauseOf(peers: readonly PeerAnswer[]): string {
  const of = (kind: Answer['kind']) => {
    const pids = peers.filter(({ answer }) => answer.kind === kind).map(({ pid }) => pid);
    return pids.length === 0 ? undefined : nodeList(pids);
  };
  const [cut, silent] = [of('cut'), of('silent')];
  const absent = peers.flatMap(({ pid, answer }) => {
    return answer.kind === 'notRunning' ? [`node ${pid} is ${answer.state}`] : [];
  });
  const parts = [
    ...(cut === undefined ? [] : [`cut from ${cut}`]),
    ...(silent === undefined ? [] : [`no answer from ${silent}`]),
    ...absent,
  ];
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function describeAnswer(answer: Answer): string {
  switch (answer.kind) {
    case 'follows':
      return 'answers its heartbeats and follows it';
    case 'followsOther': {
      const { n, pid } = answer.ballot;
      return `answers its heartbeats and follows ballot ${n} of node ${pid}`;
    }
    case 'answers':
      return 'answers its heartbeats';
    case 'notRunning':
      return `is ${answer.state}`;
    case 'cut':
      return `does not answer: ${answer.links.join(' and ')} is cut`;
    case 'silent':
      return 'does not answer';
  }
}

function describeRestraints(restraints: LeaderExplanation['restraints']): string[] {
  const of = (kind: Restraint['kind']) => {
    return restraints.filter(({ restraint }) => restraint.kind === kind).map(({ pid }) => pid);
  };
  const hearing = of('hearsLeader');
  const free = of('none');
  return [
    ...(hearing.length === 0
      ? []
      : [
          `${nodeList(hearing)} ${hearing.length === 1 ? 'hears' : 'hear'} it: no reason to take over`,
        ]),
    ...restraints.flatMap(({ pid, restraint }) => {
      if (restraint.kind === 'hearsHappy') {
        const { through } = restraint;
        const are = through.length === 1 ? 'is' : 'are';
        return [
          `node ${pid} does not hear it and leaves it be: ${nodeList(through)}, which it hears, ${are} content with the leader`,
        ];
      }
      if (restraint.kind !== 'noQuorum') return [];
      const only = `reaches ${restraint.reached}`;
      return [`node ${pid} cannot take over: it ${only}, itself included`];
    }),
    ...(free.length === 0 ? [] : [describeCandidates(free)]),
  ];
}

export function renderWhyStuck(why: StuckExplanation): string[] {
  switch (why.kind) {
    case 'moves':
      return [
        `not stuck: node ${why.leader} leads and reaches a quorum`,
        ...(why.isLeaderFull ? [`but its disk is nearly full: it accepts no new writes`] : []),
        ...(why.stranded.length === 0
          ? []
          : [`clients of ${nodeList(why.stranded)} wait: no way to the leader; see omnikv status`]),
      ];
    case 'willMove':
      return [`not stuck: ${describeCandidates(why.candidates)}`];
    case 'stuck':
      return renderStuck(why);
  }
}

function renderStuck(why: StuckExplanation & { readonly kind: 'stuck' }): string[] {
  const { needed, nodeCount, down, paused, cutLinks, nodes, cures } = why;
  const missing = [
    ...(down.length > 0 ? [`down: ${nodeList(down)}`] : []),
    ...(paused.length > 0 ? [`paused: ${nodeList(paused)}`] : []),
    ...(cutLinks.length > 0 ? [`cut: ${cutLinks.join(', ')}`] : []),
  ];
  return [
    `stuck: no node reaches a quorum, ${needed} of ${nodeCount}`,
    ...(missing.length > 0 ? missing.map((line) => `  ${line}`) : []),
    ...nodes.map(({ pid, reached, missing: peers }) => {
      return `  node ${pid} reaches ${reached}, itself included${becauseOf(peers)}`;
    }),
    ...renderCures(cures),
  ];
}

function renderCures({ sets, isCut }: SmallestCures): string[] {
  if (sets.length === 0) {
    return [
      'nothing that is set would help: the nodes have not answered one another yet; look again, then omnikv logs',
    ];
  }
  const which =
    sets.length === 1 && !isCut ? 'the smallest remedy' : 'the smallest remedies, any one of';
  return [
    `${which}:`,
    ...sets.map((set) => {
      const then = `then node ${set.pid} reaches ${set.reached}`;
      return `  ${commandsOf(set.cures).join(' && ')}   (${then})`;
    }),
    ...(isCut ? ['  … and more of this size'] : []),
  ];
}

/** What to type: nodes of one kind in one command, each link in one of its own. */
export function commandsOf(cures: readonly Cure[]): string[] {
  const nodes = (kind: 'recover' | 'resume') => {
    const pids = cures.flatMap((cure) => (cure.kind === kind ? [cure.pid] : []));
    return pids.length === 0 ? [] : [`omnikv ${kind} ${pids.sort((a, b) => a - b).join(',')}`];
  };
  const heals = cures.flatMap((cure) =>
    cure.kind === 'heal' ? [`omnikv heal ${cure.a}-${cure.b}`] : [],
  );
  return [...nodes('recover'), ...nodes('resume'), ...heals];
}

export function whyLeaderToJson(why: LeaderExplanation | NoLeaderExplanation): JsonObject {
  const because = renderWhyLeader(why);
  if (why.kind === 'noLeader') {
    return { leader: null, needed: why.needed, nodes: why.nodes, because };
  }
  const { pid, ballot, peers, followCount, needed, hasQuorum, restraints } = why;
  const rest = { peers, followCount, needed, hasQuorum, restraints, because };
  return { leader: pid, ballot: ballot?.text ?? null, ...rest };
}

export function whyStuckToJson(why: StuckExplanation): JsonObject {
  const because = renderWhyStuck(why);
  switch (why.kind) {
    case 'moves':
      return { isStuck: false, leader: why.leader, stranded: why.stranded, because };
    case 'willMove':
      return { isStuck: false, leader: null, candidates: why.candidates, because };
    case 'stuck': {
      const { needed, down, paused, cutLinks, nodes, cures } = why;
      const remedies = cures.sets.map(remedyToJson);
      return { isStuck: true, needed, down, paused, cutLinks, nodes, remedies, because };
    }
  }
}

function remedyToJson({ cures, pid, reached }: CureSet): JsonObject {
  return { commands: commandsOf(cures), cures, node: pid, reached };
}
