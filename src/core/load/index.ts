/**
 * The door of the load room: made-up work for a cluster, and what it took.
 */

export {
  runClosedLoop,
  runRecordedLoop,
  type ClosedLoopOptions,
  type LoadPorts,
  type LoadReport,
  type RecordedLoopOptions,
} from './closed-loop.js';
export type { LoadClient, LoadOperation, WorkloadOptions } from './workload.js';
export { CheckedLoad, type CheckedLoadOptions } from './checked-load.js';
export { Ledger, type LedgerCounts } from './ledger.js';
