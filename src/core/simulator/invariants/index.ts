/**
 * The door of the invariants: what the simulated world attaches to its nodes, and the checks.
 */

export { openForAudit, type AuditedLog, type OpenCopy } from './disk-audit.js';
export {
  INVARIANTS,
  InvariantViolation,
  type InvariantNumber,
  type Violation,
} from './invariant-violation.js';
export { Invariants, type InvariantsOptions } from './invariants.js';
export { NodeShadow } from './node-shadow.js';
export { observeApplies } from './observe-applies.js';
export type { ObservedNode } from './observed-node.js';
export { ObservedStorage } from './observed-storage.js';
