/**
 * What runs, who leads, what is missing.
 *
 * Takes no lock and changes nothing.
 */

import { readLinksFile } from '../config/links-file.js';
import { OmnikvError } from '../errors.js';
import { DEFAULT_COMMAND_TIMEOUT_MS } from '../limits.js';
import type { DirectedFault } from '../wire/link-fault.js';
import type { LinkStatus, NodeStatus } from '../wire/node-status.js';
import type { Cluster } from './find-cluster.js';
import { withoutExpired } from './link-changes.js';
import { NodeContact, servingLeader, type NodeAnswer } from './node-contact.js';
import { quorumSizesOf, type QuorumSizes } from './quorum-size.js';

/**
 * `starting`: spawned, has no run file yet. `stale`: a process lives that the run file does not
 * describe rightly; it is never signalled (S5).
 */
export type NodeState = 'running' | 'starting' | 'paused' | 'down' | 'stale';

export interface NodeView {
  readonly pid: number;
  readonly state: NodeState;
  readonly osPid: number | undefined;
  /** ISO 8601. */
  readonly startedAt: string | undefined;
  readonly version: string | undefined;
  /** Undefined where the node is not running or did not answer. */
  readonly status: NodeStatus | undefined;
  /** One sentence: why there is no status, or what the run file lies about. */
  readonly problem: string | undefined;
  /** The file on disk says something else than what runs: `omnikv restart PID` takes it up. */
  readonly isConfigChanged: boolean;
}

/** `degraded`: a leader serves, and a node is down, silent or cut off from another. */
export type ClusterHealth = 'healthy' | 'degraded' | 'noQuorum';

export interface ClusterStatus {
  readonly clusterId: string;
  readonly health: ClusterHealth;
  /** The node that serves as leader. */
  readonly leader: number | undefined;
  readonly runningCount: number;
  readonly quorum: QuorumSizes;
  /** Of the links, as `run/links.json` has them: also those of nodes that do not answer. */
  readonly faults: readonly DirectedFault[];
  readonly nodes: readonly NodeView[];
}

export async function collectStatus(
  cluster: Cluster,
  options: { readonly timeoutMs?: number | undefined } = {},
): Promise<ClusterStatus> {
  const contact = new NodeContact(cluster);
  try {
    const timeoutMs = options.timeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
    return await describeAnswers(cluster, await contact.ask(cluster.pids, timeoutMs));
  } finally {
    contact.close();
  }
}

export async function describeAnswers(
  cluster: Cluster,
  answers: readonly NodeAnswer[],
): Promise<ClusterStatus> {
  const nodes = await Promise.all(answers.map((answer) => viewOf(cluster, answer)));
  const runningCount = nodes.filter((node) => node.state === 'running').length;
  const quorum = await quorumSizesOf(cluster);
  // A leader whose followers have just died notices within a round; their absence shows at once.
  const hasEnoughNodes = runningCount === nodes.length || runningCount >= quorum.writeQuorumSize;
  const leader = hasEnoughNodes ? servingLeader(answers)?.pid : undefined;
  return {
    clusterId: cluster.clusterId,
    health: leader === undefined ? 'noQuorum' : isWhole(answers) ? 'healthy' : 'degraded',
    leader,
    runningCount,
    quorum,
    faults: faultsIn(cluster),
    nodes,
  };
}

/** A file that cannot be read breaks no status. */
function faultsIn({ fileSystem, layout }: Cluster): readonly DirectedFault[] {
  try {
    const file = readLinksFile({ fileSystem, path: layout.linksFile });
    return withoutExpired(file, Date.now()).faults;
  } catch {
    return [];
  }
}

async function viewOf(cluster: Cluster, answer: NodeAnswer): Promise<NodeView> {
  const { pid, process, status } = answer;
  const runFile = 'runFile' in process ? process.runFile : undefined;
  const running = status?.configDigest ?? runFile?.configDigest;
  const config = await compareConfig(cluster, pid, running);
  return {
    pid,
    state: process.kind,
    osPid: process.kind === 'down' ? undefined : process.osPid,
    startedAt: runFile?.startedAt,
    version: status?.version ?? runFile?.version,
    status,
    problem: (process.kind === 'stale' ? process.problem : answer.problem) ?? config.problem,
    isConfigChanged: config.isChanged,
  };
}

async function compareConfig(
  cluster: Cluster,
  pid: number,
  running: string | undefined,
): Promise<{ readonly isChanged: boolean; readonly problem: string | undefined }> {
  if (running === undefined || running === '') return { isChanged: false, problem: undefined };
  const { loadNodeConfig } = await import('../config/index.js');
  const { fileSystem, layout } = cluster;
  try {
    const { digest } = loadNodeConfig({ fileSystem, layout, pid });
    return { isChanged: digest !== running, problem: undefined };
  } catch (error) {
    if (!(error instanceof OmnikvError)) throw error;
    return { isChanged: true, problem: error.message };
  }
}

function isWhole(answers: readonly NodeAnswer[]): boolean {
  return answers.every(({ pid, status }) => {
    if (status === undefined) return false;
    const others = answers.filter((other) => other.pid !== pid);
    return others.every((other) => isFine(status.links[String(other.pid)]));
  });
}

/** A cut keeps the connection open, so that the state alone gives no hint. */
function isFine(link: LinkStatus | undefined): boolean {
  return link?.state === 'connected' && link.fault?.isCut !== true;
}
