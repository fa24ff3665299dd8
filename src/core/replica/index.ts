/**
 * The door of the replica room: one node without sockets.
 */

export type { Consensus } from './consensus.js';
export { LoopDelay, type LoopDelaySummary } from './loop-delay.js';
export {
  Replica,
  type ReplicaHandlers,
  type ReplicaOptions,
  type ReplicaPorts,
} from './replica.js';
export type { ReplySink } from './request.js';
export { TickDriver, type TickDriverOptions } from './tick-driver.js';
export { TrackedStorage } from './tracked-storage.js';
