/**
 * What the commands on a cluster directory share: finding it, and showing steps.
 *
 * The cluster room is loaded here and nowhere earlier, so that help and usage errors stay quick.
 */

import { tmpdir } from 'node:os';
import { string } from '@oclif/core/args';
import type { Cluster, ClusterEnvironment, OnStep } from '../core/cluster/index.js';
import { OmnikvError } from '../core/errors.js';
import { BaseCommand } from './base-command.js';
import type { StepControl } from './progress.js';

/** What oclif's parser leaves of `--dir`. */
export interface DirectoryFlags {
  readonly dir?: string | undefined;
}

/** The argument NODE…, as many as are typed. */
export function nodesArgument(options: { readonly isRequired: boolean; readonly meaning: string }) {
  const description = `${options.meaning}: 2, 1,3, all, leader, followers, random, minority, down`;
  return string({ description, required: options.isRequired, multiple: true, ignoreStdin: true });
}

export function clusterEnvironment(): ClusterEnvironment {
  return {
    runtimeDirectory: process.env.XDG_RUNTIME_DIR,
    temporaryDirectory: tmpdir(),
  };
}

export abstract class ClusterCommand extends BaseCommand {
  protected async findCluster(flags: DirectoryFlags): Promise<Cluster> {
    checkDirectoryFlag(flags);
    const { findCluster } = await import('../core/cluster/index.js');
    return findCluster({
      workingDirectory: process.cwd(),
      directory: flags.dir,
      environment: clusterEnvironment(),
    });
  }

  /** Shows each step of a cluster function behind the label. */
  protected async clusterStep<Result>(
    label: string,
    work: (onStep: OnStep) => Promise<Result>,
  ): Promise<Result> {
    const { describeStep } = await import('../core/cluster/index.js');
    return await this.step(label, async (control: StepControl) => {
      return await work((step) => control.detail(describeStep(step)));
    });
  }
}

export function checkDirectoryFlag(flags: DirectoryFlags): void {
  if (flags.dir !== '') return;
  throw new OmnikvError('OMNIKV_USAGE', '--dir is empty: it names the cluster directory', {
    suggestions: ['leave --dir away to use the cluster around the working directory'],
  });
}

/** "node 2", "nodes 1 and 3", "3 nodes". */
export function nameNodes(pids: readonly number[]): string {
  if (pids.length === 1) return `node ${pids[0]}`;
  if (pids.length === 2) return `nodes ${pids[0]} and ${pids[1]}`;
  return `${pids.length} nodes`;
}
