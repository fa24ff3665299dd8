/**
 * Every request of a client gets exactly one answer.
 */

import { describe, expect, it } from 'vitest';

import { ClientGateway } from '../../src/core/server/client-gateway.js';
import type { HandOverOutcome } from '../../src/core/replica/hand-over.js';
import type { ReplySink } from '../../src/core/replica/index.js';
import type {
  ClientGatewayConnection,
  ClientGatewayHandlers,
} from '../../src/core/transport/index.js';
import type { ClientRequestBody, ReceivedRequest, ServerReply } from '../../src/core/wire/index.js';

class FakeConnection {
  readonly sent: ServerReply[] = [];
  /** Of those sent, what waits for no `flush` of the gateway. */
  readonly leavesAlone: ServerReply[] = [];
  flushCount = 0;
  isClosed = false;
  isClogged = false;
  handlers: ClientGatewayHandlers | undefined;

  setHandlers(handlers: ClientGatewayHandlers): void {
    this.handlers = handlers;
  }

  reply(reply: ServerReply): void {
    this.queue(reply);
    this.leavesAlone.push(reply);
  }

  queue(reply: ServerReply): void {
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
  const handOvers: { to: number; timeoutMs: number; done: (outcome: HandOverOutcome) => void }[] =
    [];
  const reloads: string[] = [];
  const gateway = new ClientGateway({
    replica: {
      submit: (sink, request) => submitted.push({ sink, request }),
      handOver: (request, done) => handOvers.push({ ...request, done }),
    },
    describeStatus: () => '{"pid":1}',
    reloadFaults: () => reloads.push('reload'),
  });
  const connection = new FakeConnection();
  gateway.accept(connection as unknown as ClientGatewayConnection);
  return { submitted, handOvers, reloads, gateway, connection };
}

describe('the client gateway', () => {
  it('reads the faults anew when a command says so, and says that it has', () => {
    const { connection, reloads } = setUp();
    connection.ask(7, { kind: 'reloadFaults' });
    expect(reloads).toEqual(['reload']);
    expect(connection.sent).toEqual([{ id: 7, body: { kind: 'faultsReloaded' } }]);
  });

  it('E8: hands the word to the replica, and tells what came of it', () => {
    const { connection, handOvers } = setUp();
    connection.ask(1, { kind: 'handOver', to: 2 });
    connection.ask(2, { kind: 'handOver', to: 0 });
    expect(handOvers).toMatchObject([
      { to: 2, timeoutMs: 100 },
      { to: 0, timeoutMs: 100 },
    ]);
    expect(connection.sent).toEqual([]);
    const refusal = { code: 'OMNIKV_NOT_LEADER', message: 'node 3 leads', leader: 3 } as const;
    handOvers[0]?.done({ kind: 'handedOver', leader: 2 });
    handOvers[1]?.done({ kind: 'refused', refusal });
    expect(connection.sent).toEqual([
      { id: 1, body: { kind: 'handedOver', leader: 2 } },
      { id: 2, body: { kind: 'refused', ...refusal } },
    ]);
  });

  it('answers ping and status itself', () => {
    const { connection, submitted } = setUp();
    connection.ask(1, { kind: 'ping' });
    connection.ask(2, { kind: 'status' });
    expect(connection.sent).toEqual([
      { id: 1, body: { kind: 'pong' } },
      { id: 2, body: { kind: 'status', json: '{"pid":1}' } },
    ]);
    expect(connection.leavesAlone).toEqual(connection.sent);
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
    expect(connection.leavesAlone).toEqual([]);
    // One write for all answers of a turn.
    expect(connection.flushCount).toBe(1);
  });

  it('R4: asks who has much to read to come again, for what is large', () => {
    const { connection, submitted } = setUp();
    connection.ask(7, { kind: 'get', key: 'k', consistency: 'linearizable' });
    connection.isClogged = true;
    submitted[0]?.sink.reply(7, { kind: 'value', found: undefined, appliedIdx: 3 });
    submitted[0]?.sink.reply(8, { kind: 'executed', reply: { kind: 'stale' } });
    expect(connection.sent.map(({ body }) => body)).toMatchObject([
      { kind: 'refused', code: 'OMNIKV_OVERLOADED' },
      { kind: 'executed' },
    ]);
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
