/**
 * Reaches nodes over their Unix sockets: the transport's connection as a connector.
 */

import { OmnikvError } from '../errors.js';
import type { Scheduler } from '../platform/ports.js';
import { ClientConnection } from '../transport/index.js';
import { CLUSTER_ID_BYTES } from '../wire/index.js';
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
    const connection = new ClientConnection({
      path,
      clusterId,
      pid,
      scheduler,
      handlers: {
        onOpen: (server) =>
          handlers.opened({ appliedIdx: server.appliedIdx, leader: server.leader }),
        onReply: (reply) => handlers.replied(reply),
        onClose: (error) => handlers.closed(error),
        onDrain: () => handlers.drained(),
      },
    });
    return {
      send: (request) => connection.send(request),
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
