/**
 * Asks nodes what they say of themselves, many times over if need be.
 *
 * A process that runs need not answer (N4): only an answer counts as up.
 */

import type { Client, NodeStatus } from '../client/index.js';
import { OmnikvError } from '../errors.js';
import type { Cluster } from './find-cluster.js';
import { inspectNode, type NodeProcess } from './node-process.js';

export interface NodeAnswer {
  readonly pid: number;
  readonly process: NodeProcess;
  readonly status: NodeStatus | undefined;
  /** Why there is no status of a node that runs. */
  readonly problem: string | undefined;
}

export class NodeContact {
  readonly #cluster: Cluster;
  #client: Client | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Asks the nodes that run; the others are told by their process alone. */
  async ask(pids: readonly number[], timeoutMs: number): Promise<readonly NodeAnswer[]> {
    return await Promise.all(pids.map((pid) => this.askOne(pid, timeoutMs)));
  }

  async askOne(pid: number, timeoutMs: number): Promise<NodeAnswer> {
    const process = await inspectNode(this.#cluster, pid);
    const silent = { pid, process, status: undefined };
    if (process.kind !== 'running') return { ...silent, problem: undefined };
    const { fileSystem, layout } = this.#cluster;
    if (fileSystem.status(layout.socketPath(pid)) === undefined) {
      return { ...silent, problem: 'it does not listen yet' };
    }
    try {
      const client = await this.#connect();
      return {
        pid,
        process,
        status: await client.status(pid, { deadlineMs: timeoutMs }),
        problem: undefined,
      };
    } catch (error) {
      if (!(error instanceof OmnikvError)) throw error;
      return { ...silent, problem: error.message };
    }
  }

  close(): void {
    this.#client?.close();
  }

  async #connect(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    const { connect } = await import('../client/index.js');
    const { clusterId, layout, pids } = this.#cluster;
    const nodes = new Map(pids.map((pid) => [pid, layout.socketPath(pid)]));
    this.#client ??= connect({ clusterId, nodes });
    return this.#client;
  }
}

/** The node that serves as leader; of two that say so, the one that more nodes follow. */
export function servingLeader(answers: readonly NodeAnswer[]): NodeAnswer | undefined {
  const followers = (pid: number) =>
    answers.filter((answer) => answer.status?.leader === pid).length;
  const serving = answers.filter((answer) => answer.status?.isServing === true);
  return [...serving].sort((a, b) => followers(b.pid) - followers(a.pid))[0];
}
