/**
 * The node's data, opened as `init` made it and never made anew here (P10, D3).
 */

import type { ClusterLayout, NodeConfig } from '../config/index.js';
import { NodeDirectFiles } from '../platform/direct-files.js';
import { nodeDirectoryGuard } from '../platform/directory-guard.js';
import { nodeFileSystem } from '../platform/node-file-system.js';
import { nodeRandom } from '../platform/node-random.js';
import { nodeScheduler } from '../platform/node-scheduler.js';
import { currentProcessIdentity } from '../platform/process-identity.js';
import { MeasuredSyncPace } from '../platform/measured-sync-pace.js';
import { nodeClock } from '../platform/node-clock.js';
import type { Logger } from '../platform/ports.js';
import { bytesCodec, LogOptions, PersistentStorage } from '../storage/index.js';

export interface OpenNodeStorageOptions {
  readonly layout: ClusterLayout;
  readonly config: NodeConfig;
  readonly clusterId: string;
  readonly logger: Logger;
}

/** Holds the data-directory guard from here to `close` (D29). */
export function openNodeStorage(
  options: OpenNodeStorageOptions,
): Promise<PersistentStorage<Uint8Array>> {
  const { layout, config, clusterId, logger } = options;
  const { pid } = config.omniPaxos;
  const { segmentBytes, sync } = config;
  const { osPid, startTime, bootId } = currentProcessIdentity();
  return PersistentStorage.open<Uint8Array>({
    path: layout.nodeDataDirectory(pid),
    logOptions: new LogOptions({ segmentBytes, sync }),
    codec: bytesCodec,
    identity: { clusterId, pid },
    lockText: `pid ${osPid}\nstart time ${startTime}\nboot id ${bootId}\n`,
    ports: {
      fileSystem: nodeFileSystem,
      guard: nodeDirectoryGuard,
      random: nodeRandom,
      scheduler: nodeScheduler,
      logger,
      syncPace: new MeasuredSyncPace(nodeClock),
      directFiles: new NodeDirectFiles(),
    },
  });
}
