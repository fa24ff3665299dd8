/**
 * Reaches nodes over their Unix sockets: the transport's connection as a connector.
 */

import { OmnikvError } from '../errors.js';
import type { Scheduler } from '../platform/ports.js';
import { ClientConnection } from '../transport/index.js';
import { CLUSTER_ID_BYTES, HAND_OVER_VERSION } from '../wire/index.js';
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
        if (request.body.kind !== 'handOver' || version >= HAND_OVER_VERSION) {
          return connection.send(request);
        }
        // An older node would close the connection over a kind that it does not know (N5).
        scheduler.defer(() => {
          const message = `node ${pid} is of a version without hand-overs`;
          const code = 'OMNIKV_NOT_HANDED_OVER';
          handlers.replied({ id: request.id, body: { kind: 'refused', code, message, leader: 0 } });
        });
        return true;
      },
      close: () => connection.close(),
    };
  };
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
