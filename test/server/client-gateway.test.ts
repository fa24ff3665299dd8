/**
 * Every request of a client gets exactly one answer.
 */

import { describe, expect, it } from 'vitest';

import { ClientGateway } from '../../src/core/server/client-gateway.js';
import type { ReplySink } from '../../src/core/replica/index.js';
import type {
  ClientGatewayConnection,
  ClientGatewayHandlers,
} from '../../src/core/transport/index.js';
import type { ClientRequestBody, ReceivedRequest, ServerReply } from '../../src/core/wire/index.js';

class FakeConnection {
  readonly sent: ServerReply[] = [];
  flushCount = 0;
  isClosed = false;
  handlers: ClientGatewayHandlers | undefined;

  setHandlers(handlers: ClientGatewayHandlers): void {
    this.handlers = handlers;
  }

  reply(reply: ServerReply): void {
    this.sent.push(reply);
  }

  flush(): void {
    this.flushCount += 1;
  }

  ask(id: number, body: ClientRequestBody): void {
    this.handlers?.onRequest({ id, deadlineMs: 100, body, commandBytes: undefined });
  }
}

function setUp() {
  const submitted: { sink: ReplySink; request: ReceivedRequest }[] = [];
  const gateway = new ClientGateway({
    replica: { submit: (sink, request) => submitted.push({ sink, request }) },
    describeStatus: () => '{"pid":1}',
  });
  const connection = new FakeConnection();
  gateway.accept(connection as unknown as ClientGatewayConnection);
  return { submitted, gateway, connection };
}

describe('the client gateway', () => {
  it('answers ping and status itself', () => {
    const { connection, submitted } = setUp();
    connection.ask(1, { kind: 'ping' });
    connection.ask(2, { kind: 'status' });
    expect(connection.sent).toEqual([
      { id: 1, body: { kind: 'pong' } },
      { id: 2, body: { kind: 'status', json: '{"pid":1}' } },
    ]);
    expect(submitted).toEqual([]);
  });

  it('gives reads and writes to the replica, and its answers to the client that asked', () => {
    const { connection, submitted, gateway } = setUp();
    connection.ask(7, { kind: 'get', key: 'k', consistency: 'linearizable' });
    expect(submitted).toHaveLength(1);
    submitted[0]?.sink.reply(7, { kind: 'value', found: undefined, appliedIdx: 3 });
    submitted[0]?.sink.reply(8, { kind: 'unknown', message: 'why' });
    gateway.flush();
    gateway.flush();
    expect(connection.sent.map((reply) => reply.id)).toEqual([7, 8]);
    // One write for all answers of a turn.
    expect(connection.flushCount).toBe(1);
  });

  it('drops answers to a client that has gone', () => {
    const { connection, submitted, gateway } = setUp();
    connection.ask(7, { kind: 'get', key: 'k', consistency: 'linearizable' });
    connection.isClosed = true;
    connection.handlers?.onClose();
    submitted[0]?.sink.reply(7, { kind: 'value', found: undefined, appliedIdx: 3 });
    gateway.flush();
    expect(connection.sent).toEqual([]);
  });
});
