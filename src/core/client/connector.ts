/**
 * How a client reaches a node, without saying over what.
 *
 * A connection is announced once by `opened` (after the handshake) or never, and ends with exactly one
 * `closed`; nothing comes after that. No handler is called before the connector has returned, and
 * none after the owner has called `close`.
 */

import type { OmnikvError } from '../errors.js';
import type { ClientRequest, ServerReply } from '../wire/client-messages.js';

export interface NodeHello {
  /** The node's applied index: a floor for one-shots that are sent after this. */
  readonly appliedIdx: number;
  /** The leader it follows; 0: it knows none. */
  readonly leader: number;
}

export interface ConnectionHandlers {
  opened(hello: NodeHello): void;
  replied(reply: ServerReply): void;
  closed(cause: OmnikvError): void;
  /** The connection takes requests again after `send` said false. */
  drained(): void;
}

export interface NodeConnection {
  /** Only when open. False: taken, but no more before `drained`. One turn leaves in one write. */
  send(request: ClientRequest): boolean;
  close(): void;
}

export type Connector = (pid: number, handlers: ConnectionHandlers) => NodeConnection;
