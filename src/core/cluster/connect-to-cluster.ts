/** A client of the cluster in this directory: its sockets, its id. Light: put and get start here. */

import type { Client } from '../client/index.js';
import type { Cluster } from './find-cluster.js';

export interface ConnectToClusterOptions {
  readonly deadlineMs?: number | undefined;
}

export async function connectToCluster(
  cluster: Cluster,
  options: ConnectToClusterOptions = {},
): Promise<Client> {
  const { connect } = await import('../client/index.js');
  const { clusterId, layout, pids } = cluster;
  const nodes = new Map(pids.map((pid) => [pid, layout.socketPath(pid)]));
  const { deadlineMs } = options;
  return connect({ clusterId, nodes, ...(deadlineMs === undefined ? {} : { deadlineMs }) });
}
