/**
 * The clients' side of a node: requests in, answers out, one write per client and turn.
 *
 * Hands reads and writes to the replica, answers ping and status itself. It knows nothing
 * of consensus. Every request gets exactly one answer; the connection counts on it.
 */

import { HAND_OVER_PATIENCE_MS } from '../limits.js';
import type { Replica, ReplySink } from '../replica/index.js';
import type { ClientGatewayConnection } from '../transport/index.js';
import type { ReceivedRequest, ServerReplyBody } from '../wire/index.js';

export interface ClientGatewayOptions {
  readonly replica: Pick<Replica, 'submit' | 'handOver'>;
  /** The JSON of `NodeStatus`. */
  readonly describeStatus: () => string;
  readonly reloadFaults: () => void;
}

const ANSWERS_WAIT: ServerReplyBody = {
  kind: 'refused',
  code: 'OMNIKV_OVERLOADED',
  message: 'earlier answers wait to be read',
  leader: 0,
};

export class ClientGateway {
  readonly #options: ClientGatewayOptions;
  /** Connections with answers of this turn; one may be there twice. */
  #answered: ClientGatewayConnection[] = [];

  constructor(options: ClientGatewayOptions) {
    this.#options = options;
  }

  accept(connection: ClientGatewayConnection): void {
    const sink: ReplySink = {
      reply: (requestId, body) => {
        this.#send(connection, requestId, body);
      },
    };
    connection.setHandlers({
      onRequest: (request) => {
        this.#handleRequest(connection, sink, request);
      },
      onClose: () => undefined,
    });
  }

  /** At the end of a turn. */
  flush(): void {
    if (this.#answered.length === 0) return;
    const answered = this.#answered;
    this.#answered = [];
    for (const connection of answered) connection.flush();
  }

  #handleRequest(
    connection: ClientGatewayConnection,
    sink: ReplySink,
    request: ReceivedRequest,
  ): void {
    const { id, body } = request;
    switch (body.kind) {
      case 'ping':
        connection.reply({ id, body: { kind: 'pong' } });
        break;
      case 'status':
        connection.reply({ id, body: { kind: 'status', json: this.#options.describeStatus() } });
        break;
      case 'reloadFaults':
        this.#options.reloadFaults();
        connection.reply({ id, body: { kind: 'faultsReloaded' } });
        break;
      case 'handOver':
        this.#handOver(sink, request, body.to);
        break;
      case 'get':
      case 'scan':
      case 'execute':
        this.#options.replica.submit(sink, request);
        break;
    }
  }

  #handOver(sink: ReplySink, { id, deadlineMs }: ReceivedRequest, to: number): void {
    const timeoutMs = Math.min(deadlineMs, HAND_OVER_PATIENCE_MS);
    this.#options.replica.handOver({ to, timeoutMs }, (outcome) => {
      if (outcome.kind === 'handedOver') sink.reply(id, outcome);
      else sink.reply(id, { kind: 'refused', ...outcome.refusal });
    });
  }

  /** An answer of the replica: it leaves at the end of its turn. */
  #send(connection: ClientGatewayConnection, id: number, body: ServerReplyBody): void {
    if (connection.isClosed) return;
    // R4: who asks for much at once is asked to come again, before what waits ends the connection.
    const isLarge = body.kind === 'value' || body.kind === 'items';
    if (isLarge && connection.isClogged) body = ANSWERS_WAIT;
    connection.queue({ id, body });
    // Answers of one turn mostly go to one connection, one after the other.
    if (this.#answered.at(-1) !== connection) this.#answered.push(connection);
  }
}
