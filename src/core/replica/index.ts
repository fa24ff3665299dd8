/**
 * The door of the replica room: one node without sockets.
 */

export type { Consensus } from './consensus.js';
export { LoopDelay, type LoopDelaySummary } from './loop-delay.js';
export { Replica } from './replica.js';
export type { ReplicaHandlers, ReplicaOptions, ReplicaPorts } from './replica-options.js';
export type { ReplySink } from './request.js';
export { TickDriver, type TickDriverOptions } from './tick-driver.js';
export { TrackedStorage } from './tracked-storage.js';
