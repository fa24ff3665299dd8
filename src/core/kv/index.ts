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
export { NONCE_BYTES, nonceKey } from './nonce.js';
export type { ScanBounds, ScanResult, StoredItem } from './store.js';
export { compareKeys, utf8SizeBytes } from './utf8.js';
export {
  checkKey,
  checkOperation,
  checkScanBounds,
  checkValue,
  type Violation,
} from './validate.js';
export { isEqualBytes, isEqualValue, isU64, MAX_U64, parseU64, type Value } from './value.js';
