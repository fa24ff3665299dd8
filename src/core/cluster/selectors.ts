/**
 * `2`, `1,3`, `all`, `leader`, `followers`, `random`, `minority`, `down` → pids.
 *
 * The nodes are asked only for the words that need it.
 */

import { nearestKey } from '../config/nearest-key.js';
import { OmnikvError } from '../errors.js';
import type { Cluster } from './find-cluster.js';
import { NodeContact, servingLeader } from './node-contact.js';
import { inspectNode } from './node-process.js';

const WORDS = ['all', 'leader', 'followers', 'random', 'minority', 'down'] as const;
type Word = (typeof WORDS)[number];

const LEADER_PATIENCE_MS = 1_000;

export interface ResolveSelectorsOptions {
  /** As typed: one word an argument, commas inside allowed. */
  readonly selectors: readonly string[];
  /** What no selector at all means. */
  readonly fallback: 'all' | 'down' | 'paused';
}

/** Ascending, each once. Throws `OMNIKV_UNKNOWN_NODE`, or `OMNIKV_NO_QUORUM` for no leader. */
export async function resolveSelectors(
  cluster: Cluster,
  options: ResolveSelectorsOptions,
): Promise<readonly number[]> {
  const typed = options.selectors.flatMap((argument) => argument.split(/[\s,]+/));
  const words = typed.filter((word) => word !== '');
  if (words.length === 0 && options.selectors.length > 0) {
    throw unknown(cluster, `${JSON.stringify(options.selectors.join(' '))} names no node`);
  }
  const parsed =
    words.length === 0 ? [options.fallback] : words.map((word) => parse(cluster, word));
  const resolved = new Set<number>();
  for (const item of parsed) {
    const pids = typeof item === 'number' ? [item] : await resolveWord(cluster, item);
    for (const pid of pids) resolved.add(pid);
  }
  return [...resolved].sort((a, b) => a - b);
}

function parse(cluster: Cluster, word: string): number | Word {
  if (/^[0-9]+$/.test(word)) {
    const pid = Number(word);
    if (cluster.pids.includes(pid)) return pid;
    throw unknown(cluster, `there is no node ${word} in this cluster`);
  }
  const known = WORDS.find((candidate) => candidate === word);
  if (known !== undefined) return known;
  const nearest = nearestKey(word, WORDS);
  const guess = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  throw unknown(
    cluster,
    `${JSON.stringify(word)} is neither a node nor one of ${WORDS.join(', ')}${guess}`,
  );
}

async function resolveWord(cluster: Cluster, word: Word | 'paused'): Promise<readonly number[]> {
  switch (word) {
    case 'all':
      return cluster.pids;
    case 'down':
    case 'paused':
      return await withProcess(cluster, (kind) => kind === word);
    case 'leader':
      return [(await findLeader(cluster)).leader];
    case 'followers': {
      const { leader, running } = await findLeader(cluster);
      return running.filter((pid) => pid !== leader);
    }
    case 'random':
      return pick(await withProcess(cluster, (kind) => kind === 'running'), 1, word);
    case 'minority': {
      const count = Math.floor((cluster.pids.length - 1) / 2);
      return pick(await withProcess(cluster, (kind) => kind === 'running'), count, word);
    }
  }
}

async function withProcess(
  cluster: Cluster,
  isWanted: (kind: string) => boolean,
): Promise<readonly number[]> {
  const found = await Promise.all(
    cluster.pids.map(async (pid) => ({ pid, process: await inspectNode(cluster, pid) })),
  );
  return found.filter(({ process }) => isWanted(process.kind)).map(({ pid }) => pid);
}

/** An election is short: a cluster that just lost its leader is given a moment. */
async function findLeader(
  cluster: Cluster,
): Promise<{ readonly leader: number; readonly running: readonly number[] }> {
  const contact = new NodeContact(cluster);
  const deadlineMs = performance.now() + LEADER_PATIENCE_MS;
  try {
    for (;;) {
      const answers = await contact.ask(cluster.pids, LEADER_PATIENCE_MS);
      const running = answers.filter((answer) => answer.process.kind === 'running');
      const leader = servingLeader(answers)?.pid;
      if (leader !== undefined) return { leader, running: running.map((answer) => answer.pid) };
      if (running.length === 0 || performance.now() > deadlineMs) {
        const message = `no node leads: ${running.length} of ${cluster.pids.length} nodes run`;
        throw new OmnikvError('OMNIKV_NO_QUORUM', message, { suggestions: ['omnikv status'] });
      }
    }
  } finally {
    contact.close();
  }
}

function pick(pids: readonly number[], count: number, word: Word): readonly number[] {
  if (count === 0 || pids.length === 0) {
    const why = count === 0 ? 'the cluster is too small to have one' : 'no node runs';
    throw new OmnikvError('OMNIKV_UNKNOWN_NODE', `${word} names no node: ${why}`);
  }
  const rest = [...pids];
  const picked: number[] = [];
  while (picked.length < count && rest.length > 0) {
    picked.push(...rest.splice(Math.floor(Math.random() * rest.length), 1));
  }
  return picked;
}

function unknown(cluster: Cluster, reason: string): OmnikvError {
  return new OmnikvError('OMNIKV_UNKNOWN_NODE', `${reason} (nodes ${cluster.pids.join(', ')})`);
}
