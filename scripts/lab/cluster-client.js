/**
 * A library client of the cluster in a lab, and what its nodes say about themselves.
 */

import { tmpdir } from 'node:os';
import { findCluster } from '../../dist/core/cluster/index.js';
import { connect } from '../../dist/core/client/index.js';

/** @param {string} directory */
export function clusterOf(directory) {
  return findCluster({
    workingDirectory: directory,
    directory,
    environment: {
      runtimeDirectory: process.env.XDG_RUNTIME_DIR,
      temporaryDirectory: tmpdir(),
    },
  });
}

/** @param {string} directory @param {{ deadlineMs?: number, maxSessions?: number }} options */
export function connectTo(directory, options) {
  const cluster = clusterOf(directory);
  const nodes = new Map(cluster.pids.map((pid) => [pid, cluster.layout.socketPath(pid)]));
  return connect({ clusterId: cluster.clusterId, nodes, ...options });
}

/** Every u64 under a prefix. @returns {Promise<Map<string, bigint>>} */
export async function readAll(client, prefix) {
  const items = new Map();
  for await (const page of client.scanPages({ prefix })) {
    for (const { key, value } of page.items) {
      if (value.kind === 'u64') items.set(key, value.value);
    }
  }
  return items;
}
