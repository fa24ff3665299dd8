/**
 * One look at a running cluster: what the nodes say, what is true of it, and why.
 *
 * Takes no lock and changes nothing.
 */

import { pictureOf, type ClusterPicture } from './cluster-picture.js';
import { collectStatus, type ClusterStatus } from './cluster-status.js';
import type { Cluster } from './find-cluster.js';
import { explainLeader, type LeaderExplanation, type NoLeaderExplanation } from './why-leader.js';
import { explainStuck, type StuckExplanation } from './why-stuck.js';

export interface LookOptions {
  readonly timeoutMs?: number | undefined;
}

export async function collectPicture(
  cluster: Cluster,
  options: LookOptions,
): Promise<{ readonly status: ClusterStatus; readonly picture: ClusterPicture }> {
  const status = await collectStatus(cluster, options);
  return { status, picture: pictureOf(status) };
}

export async function whyLeader(
  cluster: Cluster,
  options: LookOptions,
): Promise<LeaderExplanation | NoLeaderExplanation> {
  return explainLeader((await collectPicture(cluster, options)).picture);
}

export async function whyStuck(cluster: Cluster, options: LookOptions): Promise<StuckExplanation> {
  return explainStuck((await collectPicture(cluster, options)).picture);
}
