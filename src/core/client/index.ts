/**
 * The door of the client room: a handle on a running cluster.
 */

import { OmnikvError } from '../errors.js';
import { MAX_CLIENT_SESSIONS } from '../limits.js';
import { nodeClock } from '../platform/node-clock.js';
import { nodeRandom } from '../platform/node-random.js';
import { nodeScheduler } from '../platform/node-scheduler.js';
import type { Client } from './client.js';
import { ClusterClient } from './cluster-client.js';
import type { ConnectOptions } from './options.js';
import { socketConnector } from './socket-connector.js';

export type { Client } from './client.js';
export { ConditionFailedError } from './condition-failed-error.js';
export type { ConnectionHandlers, Connector, NodeConnection, NodeHello } from './connector.js';
export type {
  CallOptions,
  ConnectOptions,
  ExecuteOptions,
  Found,
  MoveLeaderOptions,
  PutOptions,
  ReadOptions,
  ScanOptions,
  ScanPage,
  Written,
} from './options.js';
export type { ClientPorts } from './ports.js';
export { recordHistory, type RecordHistoryOptions } from './recording-client.js';
export { formatRequestId, parseRequestId, type RequestId } from './request-id.js';
export { checkKey, checkValue } from '../kv/validate.js';
export { MAX_U64, parseU64, type Value } from '../kv/value.js';
export type { Condition, Operation, OperationReply, VersionedValue } from '../kv/command.js';
export type { Consistency, ScanItem } from '../wire/client-messages.js';
export type { NodeStatus } from '../wire/node-status.js';

/**
 * A handle on the cluster; it connects when the first call needs it.
 *
 * An idle handle with open connections keeps the process alive: `close` it. OMNIKV_USAGE.
 */
export function connect(options: ConnectOptions): Client {
  const pids = [...options.nodes.keys()];
  if (pids.length === 0) throw new OmnikvError('OMNIKV_USAGE', 'a cluster has at least one node');
  const ports = options.ports ?? {
    clock: nodeClock,
    scheduler: nodeScheduler,
    random: nodeRandom,
  };
  const { clusterId, nodes, deadlineMs } = options;
  const { scheduler } = ports;
  return new ClusterClient({
    pids,
    connector: options.connector ?? socketConnector({ clusterId, nodes, scheduler }),
    ports,
    maxSessions: options.maxSessions ?? MAX_CLIENT_SESSIONS,
    deadlineMs,
  });
}
