/**
 * What the commands that read log files share: which nodes, and which of them run.
 *
 * They read without the guard and never repair (D31): while a node writes, the end of its log may
 * look torn, and the command says so.
 */

import type { Cluster } from '../core/cluster/index.js';
import type { FileSystem } from '../core/platform/ports.js';
import { ClusterCommand } from './cluster-command.js';

export interface LogTarget {
  readonly pid: number;
  readonly isRunning: boolean;
  /** What the storage's inspection asks for. */
  readonly files: { readonly fileSystem: FileSystem; readonly path: string };
}

export abstract class LogCommand extends ClusterCommand {
  protected async targets(
    cluster: Cluster,
    selectors: readonly string[],
  ): Promise<readonly LogTarget[]> {
    const { resolveSelectors } = await import('../core/cluster/index.js');
    const pids = await resolveSelectors(cluster, { selectors, fallback: 'all' });
    const down = await resolveSelectors(cluster, { selectors: [], fallback: 'down' });
    const targets = pids.map((pid) => ({
      pid,
      isRunning: !down.includes(pid),
      files: { fileSystem: cluster.fileSystem, path: cluster.layout.nodeDataDirectory(pid) },
    }));
    for (const { pid, isRunning } of targets) {
      if (isRunning) this.output.note(`node ${pid} runs: the end of its log may still change`);
    }
    return targets;
  }
}
