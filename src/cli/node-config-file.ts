/**
 * The configuration of a node as the commands need it. Loads the TOML parser and zod.
 */

import type { Cluster } from '../core/cluster/index.js';
import type { NodeConfig } from '../core/config/index.js';
import { OmnikvError } from '../core/errors.js';

export async function readNodeConfig(cluster: Cluster, pid: number): Promise<NodeConfig> {
  const { loadNodeConfig } = await import('../core/config/index.js');
  return loadNodeConfig({ fileSystem: cluster.fileSystem, layout: cluster.layout, pid });
}

/** Where a node logs to; the usual place while its file is not legal. */
export async function loggerFileOf(cluster: Cluster, pid: number): Promise<string> {
  try {
    const config = await readNodeConfig(cluster, pid);
    return config.loggerFile;
  } catch (error) {
    if (error instanceof OmnikvError) return cluster.layout.defaultLogFile(pid);
    throw error;
  }
}
