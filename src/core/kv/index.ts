/**
 * The door of the state machine room: commands in, answers out. Knows no consensus and no bytes.
 */

export type {
  Command,
  CommandReply,
  Condition,
  Operation,
  OperationReply,
  VersionedValue,
} from './command.js';
export { KvStateMachine } from './kv-state-machine.js';
export type { ScanBounds, ScanResult, StoredItem } from './store.js';
export type { Violation } from './validate.js';
export { isEqualBytes, type Value } from './value.js';
