/**
 * Asks a running cluster for its status again and again, over connections that stay open.
 *
 * Takes no lock and changes nothing. A node that does not answer holds a look up for a second at
 * most.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { pictureOf, type ClusterPicture } from './cluster-picture.js';
import { describeAnswers, type ClusterStatus } from './cluster-status.js';
import type { Cluster } from './find-cluster.js';
import { NodeContact } from './node-contact.js';

export interface WatchOptions {
  readonly intervalMs: number;
  /** Undefined: until the process ends. */
  readonly durationMs: number | undefined;
  /** `atMs` counts from the start. */
  readonly onLook: (look: ClusterLook) => void;
}

/** What one look at a cluster gave. */
export interface ClusterLook {
  readonly status: ClusterStatus;
  readonly picture: ClusterPicture;
  readonly atMs: number;
}

const MAX_ASK_MS = 1_000;

/** Resolves with the last look when the time is over; looks at least once. */
export async function watchCluster(cluster: Cluster, options: WatchOptions): Promise<ClusterLook> {
  const { intervalMs, durationMs = Number.POSITIVE_INFINITY, onLook } = options;
  const startedMs = performance.now();
  const elapsed = () => performance.now() - startedMs;
  const contact = new NodeContact(cluster);
  try {
    for (let lookMs = 0; ;) {
      const status = await describeAnswers(cluster, await contact.ask(cluster.pids, MAX_ASK_MS));
      const look = { status, picture: pictureOf(status), atMs: elapsed() };
      onLook(look);
      lookMs = Math.max(lookMs + intervalMs, elapsed());
      if (lookMs >= durationMs) {
        await sleep(Math.max(durationMs - elapsed(), 0));
        return look;
      }
      await sleep(lookMs - elapsed());
    }
  } finally {
    contact.close();
  }
}
