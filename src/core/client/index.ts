/**
 * The door of the client room: a handle on a running cluster.
 */

import { OmnikvError } from '../errors.js';
import type { Client } from './client.js';
import type { ConnectOptions } from './options.js';

export type { Client } from './client.js';
export { ConditionFailedError } from './condition-failed-error.js';
export type { ConnectionHandlers, Connector, NodeConnection, NodeHello } from './connector.js';
export type {
  CallOptions,
  ConnectOptions,
  ExecuteOptions,
  Found,
  PutOptions,
  ReadOptions,
  ScanOptions,
  ScanPage,
  Written,
} from './options.js';
export type { ClientPorts } from './ports.js';
export { formatRequestId, parseRequestId, type RequestId } from './request-id.js';
export { checkKey, checkValue } from '../kv/validate.js';
export { MAX_U64, parseU64, type Value } from '../kv/value.js';
export type { Condition, Operation, OperationReply, VersionedValue } from '../kv/command.js';
export type { Consistency, ScanItem } from '../wire/client-messages.js';
export type { NodeStatus } from '../wire/node-status.js';

/** A handle on the cluster; it connects when the first call needs it. */
export function connect(_options: ConnectOptions): Client {
  throw new OmnikvError('OMNIKV_INTERNAL', 'the client is not built yet');
}
