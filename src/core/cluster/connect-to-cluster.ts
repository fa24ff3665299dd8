/** A client of the cluster in this directory: its sockets, its id. Light: put and get start here. */

import { connect, type Client } from '../client/index.js';
import type { Cluster } from './find-cluster.js';

export interface ConnectToClusterOptions {
  readonly deadlineMs?: number | undefined;
}

export async function connectToCluster(
  cluster: Cluster,
  options: ConnectToClusterOptions = {},
): Promise<Client> {
  const nodes = new Map(cluster.pids.map((pid) => [pid, cluster.layout.socketPath(pid)]));
  return await connect({ clusterId: cluster.clusterId, nodes, deadlineMs: options.deadlineMs });
}
