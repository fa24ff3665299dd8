/**
 * Do all running nodes hold the same state? Their digests are compared at one applied index.
 *
 * Two nodes that applied equally much and differ are a verdict at once; that they are equal needs
 * an answer of every running node. Reads only, and what is not compared is named.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { OmnikvError } from '../errors.js';
import type { Cluster } from './find-cluster.js';
import { NodeContact, type NodeAnswer } from './node-contact.js';

export interface VerifiedNode {
  readonly pid: number;
  readonly state: NodeAnswer['process']['kind'];
  readonly appliedIdx: number | undefined;
  readonly digest: string | undefined;
  /** Why there is no answer. */
  readonly problem: string | undefined;
}

export interface VerifyReport {
  readonly verdict: 'equal' | 'different' | 'undecided';
  /** Where the digests were compared; undefined where they could not be. */
  readonly appliedIdx: number | undefined;
  readonly nodes: readonly VerifiedNode[];
  /** Why there is no verdict. */
  readonly reason: string | undefined;
}

interface Look {
  readonly verdict: VerifyReport['verdict'];
  readonly appliedIdx?: number;
  readonly reason?: string;
}

const POLL_MS = 25;
const MAX_ASK_MS = 1_000;

/** Waits up to `timeoutMs` for one index. Throws `OMNIKV_UNREACHABLE` where no two nodes run. */
export async function verifyCluster(
  cluster: Cluster,
  options: { readonly timeoutMs: number },
): Promise<VerifyReport> {
  const deadlineMs = performance.now() + options.timeoutMs;
  const contact = new NodeContact(cluster);
  const seen = new DigestBook();
  try {
    for (;;) {
      const leftMs = Math.max(deadlineMs - performance.now(), 1);
      const answers = await contact.ask(cluster.pids, Math.min(leftMs, MAX_ASK_MS));
      const nodes = answers.map(describe);
      const look = lookAt(nodes, seen);
      if (look.verdict !== 'undecided' || performance.now() >= deadlineMs) {
        return { appliedIdx: undefined, reason: undefined, nodes, ...look };
      }
      await sleep(Math.min(POLL_MS, leftMs));
    }
  } finally {
    contact.close();
  }
}

/** Every digest that was ever seen, by index: nodes under load pass the same ones in turn. */
class DigestBook {
  readonly #digests = new Map<number, Map<string, number>>();

  /** The node that said otherwise at this index. */
  contradict(appliedIdx: number, digest: string, pid: number): number | undefined {
    const known = this.#digests.get(appliedIdx) ?? new Map<string, number>();
    this.#digests.set(appliedIdx, known);
    if (!known.has(digest)) known.set(digest, pid);
    return [...known].find(([other]) => other !== digest)?.[1];
  }
}

function describe({ pid, process, status, problem }: NodeAnswer): VerifiedNode {
  return {
    pid,
    state: process.kind,
    appliedIdx: status?.appliedIdx,
    digest: status?.digest,
    problem,
  };
}

function lookAt(nodes: readonly VerifiedNode[], seen: DigestBook): Look {
  const running = nodes.filter(({ state }) => state === 'running' || state === 'starting');
  if (running.length < Math.min(2, nodes.length)) throw tooFew(nodes);
  for (const { pid, appliedIdx, digest } of running) {
    if (appliedIdx === undefined || digest === undefined) continue;
    const other = seen.contradict(appliedIdx, digest, pid);
    if (other === undefined) continue;
    const reason = `nodes ${Math.min(pid, other)} and ${Math.max(pid, other)} have applied 0..${appliedIdx} and differ`;
    return { verdict: 'different', appliedIdx, reason };
  }
  const silent = running.find(({ appliedIdx }) => appliedIdx === undefined);
  if (silent !== undefined) {
    const why = silent.problem === undefined ? '' : `: ${silent.problem}`;
    return { verdict: 'undecided', reason: `node ${silent.pid} does not answer${why}` };
  }
  const indices = running.map(({ appliedIdx }) => appliedIdx ?? 0);
  const [appliedIdx = 0] = indices;
  if (indices.some((index) => index !== appliedIdx)) {
    const range = `0..${Math.min(...indices)} to 0..${Math.max(...indices)}`;
    return { verdict: 'undecided', reason: `the nodes have applied ${range}` };
  }
  const mute = running.find(({ digest }) => digest === undefined);
  if (mute !== undefined) {
    const reason = `node ${mute.pid} gives no digest: it holds too many keys for that, or too many while it is under load`;
    return { verdict: 'undecided', appliedIdx, reason };
  }
  return { verdict: 'equal', appliedIdx };
}

function tooFew(nodes: readonly VerifiedNode[]): OmnikvError {
  const count = (state: VerifiedNode['state']) =>
    nodes.filter((node) => node.state === state).length;
  const running = count('running') + count('starting');
  const runs = `${running} of ${nodes.length} nodes ${running === 1 ? 'runs' : 'run'}`;
  return new OmnikvError('OMNIKV_UNREACHABLE', `nothing to compare: ${runs}`, {
    suggestions: [
      ...(count('paused') > 0 ? ['omnikv resume'] : []),
      ...(count('down') > 0 ? ['omnikv recover'] : []),
      'omnikv status',
    ],
  });
}
