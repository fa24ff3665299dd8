/**
 * Removes a cluster: what init and the nodes made, and nothing else.
 *
 * The marker goes first, so that a destroy that is interrupted leaves no half cluster that could be
 * started; `init --force` moves such remains aside. What somebody else put there stays.
 */

import { rmdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

import { withCliLock } from './cli-lock.js';
import { hasCode, listIfThere, writing } from './cluster-files.js';
import type { Cluster } from './find-cluster.js';
import { removeSocketDirectory } from './socket-directory.js';
import type { OnStep } from './steps.js';
import { stopNodes } from './stop-nodes.js';

export interface DestroyReport {
  readonly stoppedCount: number;
  /** Found in the cluster's folders, not made by omnikv, left alone. */
  readonly keptPaths: readonly string[];
}

export async function destroyCluster(
  cluster: Cluster,
  options: { readonly onStep?: OnStep | undefined } = {},
): Promise<DestroyReport> {
  const { layout, pids } = cluster;
  const stopped = await stopNodes(cluster, { pids, onStep: options.onStep });
  const keptPaths = await withCliLock(cluster, options, () => {
    remove(layout.clusterFile);
    removeNamed(cluster, layout.configDirectory, /^node\d+\.toml$/);
    removeNamed(cluster, layout.dataDirectory, /^node\d+(?:\.tmp|\.members\.json(?:\.tmp)?)?$/);
    removeNamed(cluster, layout.logDirectory, /^node\d+\.log(?:\.1)?$/);
    removeNamed(cluster, layout.runDirectory, /^node\d+\.(?:sock|(?:spawn\.|failure\.)?json.*)$/);
    removeNamed(cluster, layout.runDirectory, /^links\.json(?:\.\d+\.tmp)?$/);
    removeSocketDirectory(cluster);
    remove(layout.socketPointerFile);
    return removeEmptyDirectories(cluster);
  });
  // The lock lay in it until now.
  removeIfEmpty(layout.runDirectory);
  const stoppedCount = stopped.nodes.filter((node) => node.outcome !== 'alreadyDown').length;
  return { stoppedCount, keptPaths };
}

function removeNamed(cluster: Cluster, directory: string, pattern: RegExp): void {
  for (const name of listIfThere(cluster.fileSystem, directory)) {
    if (pattern.test(name)) remove(join(directory, name));
  }
}

function removeEmptyDirectories({ layout, fileSystem }: Cluster): readonly string[] {
  const directories = [layout.configDirectory, layout.dataDirectory, layout.logDirectory];
  return directories.flatMap((directory) => {
    const names = listIfThere(fileSystem, directory);
    removeIfEmpty(directory);
    return names.map((name) => relative(layout.directory, join(directory, name)));
  });
}

function remove(path: string): void {
  writing(path, () => rmSync(path, { recursive: true, force: true }));
}

function removeIfEmpty(directory: string): void {
  writing(directory, () => {
    try {
      rmdirSync(directory);
    } catch (error) {
      if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'ENOENT')) throw error;
    }
  });
}
