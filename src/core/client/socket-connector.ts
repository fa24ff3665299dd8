/**
 * Reaches nodes over their Unix sockets: the transport's connection as a connector.
 */

import { OmnikvError } from '../errors.js';
import type { Scheduler } from '../platform/ports.js';
import { ClientConnection } from '../transport/index.js';
import type { ClientRequestBody } from '../wire/index.js';
import { CLUSTER_ID_BYTES, HAND_OVER_VERSION, RELAY_VERSION } from '../wire/index.js';
import type { Connector } from './connector.js';

export interface SocketConnectorOptions {
  readonly clusterId: string;
  readonly nodes: ReadonlyMap<number, string>;
  readonly scheduler: Scheduler;
}

export function socketConnector(options: SocketConnectorOptions): Connector {
  const clusterId = bytesOfClusterId(options.clusterId);
  const { scheduler } = options;
  return (pid, handlers) => {
    const path = options.nodes.get(pid)!;
    let version = 0;
    const connection = new ClientConnection({
      path,
      clusterId,
      pid,
      scheduler,
      handlers: {
        onOpen: (server) => {
          version = server.version;
          handlers.opened({ appliedIdx: server.appliedIdx, leader: server.leader });
        },
        onReply: (reply) => handlers.replied(reply),
        onClose: (error) => handlers.closed(error),
        onDrain: () => handlers.drained(),
      },
    });
    return {
      send: (request) => {
        // An older node would close the connection over what it does not know (N5).
        if (isUnderstood(request.body, version)) {
          const isRelayable = request.isRelayable === true && version >= RELAY_VERSION;
          return connection.send(
            isRelayable === request.isRelayable ? request : { ...request, isRelayable },
          );
        }
        scheduler.defer(() => {
          const message = `node ${pid} is of a version without ${request.body.kind}`;
          const code =
            request.body.kind === 'handOver' ? 'OMNIKV_NOT_HANDED_OVER' : 'OMNIKV_PROTOCOL';
          handlers.replied({ id: request.id, body: { kind: 'refused', code, message, leader: 0 } });
        });
        return true;
      },
      close: () => connection.close(),
    };
  };
}

function isUnderstood({ kind }: ClientRequestBody, version: number): boolean {
  if (kind === 'handOver') return version >= HAND_OVER_VERSION;
  return kind !== 'reloadFaults' || version >= RELAY_VERSION;
}

function bytesOfClusterId(text: string): Uint8Array {
  const hex = text.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex)) {
    throw new OmnikvError('OMNIKV_USAGE', `a cluster id is 32 hex digits, not "${text}"`);
  }
  const bytes = new Uint8Array(CLUSTER_ID_BYTES);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}
