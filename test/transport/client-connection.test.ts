/**
 * The client's end: what it learns when it opens, which error says what, and whether anything can
 * have been sent (C4).
 */

import { createServer } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { OmnikvError } from '../../src/core/errors.js';
import { nodeScheduler } from '../../src/core/platform/node-scheduler.js';
import { ClientConnection } from '../../src/core/transport/index.js';
import type { Acceptance, ServerReply } from '../../src/core/wire/index.js';
import { encodeHelloReply, FRAME_KIND, PROTOCOL_VERSIONS } from '../../src/core/wire/index.js';
import { forge } from '../wire/frames.js';
import { CLUSTER, OTHER_CLUSTER, until, World } from './fixtures.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

interface Observed {
  readonly connection: ClientConnection;
  server: Acceptance | undefined;
  readonly replies: ServerReply[];
  readonly ends: { readonly error: OmnikvError; readonly wasOpen: boolean }[];
  drains: number;
}

function connect(pid: number, clusterId = CLUSTER): Observed {
  const replies: ServerReply[] = [];
  const ends: { error: OmnikvError; wasOpen: boolean }[] = [];
  const connection = new ClientConnection({
    path: world.path(pid),
    clusterId,
    pid,
    scheduler: nodeScheduler,
    handshakeTimeoutMs: 300,
    handlers: {
      onOpen: (server) => {
        observed.server = server;
      },
      onReply: (reply) => replies.push(reply),
      onClose: (error, wasOpen) => ends.push({ error, wasOpen }),
      onDrain: () => {
        observed.drains++;
      },
    },
  });
  const observed: Observed = { connection, server: undefined, replies, ends, drains: 0 };
  return observed;
}

async function endOf(observed: Observed): Promise<string> {
  await until(() => observed.ends.length === 1, 'the end is told');
  const end = observed.ends[0];
  return `${end?.error.code ?? ''} ${end?.wasOpen === true ? 'open' : 'never open'}`;
}

describe('opening', () => {
  it('tells which node it is, the floor of one-shots and the leader', async () => {
    await world.node(1, [2]).server.listen();
    const client = connect(1);
    expect(client.connection.isOpen).toBe(false);
    await until(() => client.server !== undefined, 'it opens');
    expect(client.server).toMatchObject({ pid: 1, appliedIdx: 42, leader: 3 });
    expect(client.connection.isOpen).toBe(true);
    client.connection.close();
  });

  it('C4: says that nothing was sent where nobody is there', async () => {
    const client = connect(1);
    expect(client.ends).toEqual([]);
    expect(await endOf(client)).toBe('OMNIKV_UNREACHABLE never open');
  });

  it('N6: names another cluster as what it is', async () => {
    await world.node(1, [2]).server.listen();
    expect(await endOf(connect(1, OTHER_CLUSTER))).toBe('OMNIKV_WRONG_CLUSTER never open');
  });

  it('S1: names a node that is stopping', async () => {
    const node = world.node(1, [2]);
    await node.server.listen();
    node.server.stopAccepting();
    expect(await endOf(connect(1))).toBe('OMNIKV_SHUTTING_DOWN never open');
  });

  const strangers: readonly [string, Uint8Array | undefined, string][] = [
    ['a server that says nothing', undefined, 'OMNIKV_UNREACHABLE'],
    [
      'a server of something else',
      Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
      'OMNIKV_PROTOCOL',
    ],
    [
      'a server of another cluster that does not check',
      encodeHelloReply({
        kind: 'accepted',
        version: PROTOCOL_VERSIONS.highest,
        clusterId: OTHER_CLUSTER,
        pid: 1,
        appliedIdx: 0,
        leader: 0,
      }),
      'OMNIKV_WRONG_CLUSTER',
    ],
    [
      'another node',
      encodeHelloReply({
        kind: 'accepted',
        version: PROTOCOL_VERSIONS.highest,
        clusterId: CLUSTER,
        pid: 2,
        appliedIdx: 0,
        leader: 0,
      }),
      'OMNIKV_WRONG_CLUSTER',
    ],
    [
      'a version that was not offered',
      encodeHelloReply({
        kind: 'accepted',
        version: PROTOCOL_VERSIONS.highest + 1,
        clusterId: CLUSTER,
        pid: 1,
        appliedIdx: 0,
        leader: 0,
      }),
      'OMNIKV_PROTOCOL',
    ],
    [
      'a full server',
      encodeHelloReply({ kind: 'rejected', reason: 'tooManyConnections', message: 'full' }),
      'OMNIKV_OVERLOADED',
    ],
  ];
  it.each(strangers)('N6: does not open to %s', async (_, answer, code) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      if (answer !== undefined) socket.write(answer);
    }).listen(world.path(1));
    await until(() => server.listening, 'it listens');
    expect(await endOf(connect(1))).toBe(`${code} never open`);
    server.close();
  });

  it('N2: a path that is too long is refused at once', () => {
    const path = `/${'x'.repeat(107)}`;
    const handlers = {
      onOpen: () => undefined,
      onReply: () => undefined,
      onClose: () => undefined,
    };
    const options = { path, clusterId: CLUSTER, pid: 1, scheduler: nodeScheduler, handlers };
    expect(() => new ClientConnection(options)).toThrow(
      expect.objectContaining({ code: 'OMNIKV_PATH_TOO_LONG' }) as Error,
    );
  });
});

describe('an open connection', () => {
  async function opened(): Promise<readonly [Observed, ReturnType<World['node']>]> {
    const node = world.node(1, [2]);
    await node.server.listen();
    const client = connect(1);
    await until(() => client.server !== undefined && node.clients.length === 1, 'it opens');
    return [client, node];
  }

  it('carries requests there and answers back', async () => {
    const [client, node] = await opened();
    const gateway = node.clients[0];
    gateway?.setHandlers({
      onRequest: () => {
        gateway.reply({ id: 5, body: { kind: 'pong' } });
        gateway.flush();
      },
      onClose: () => undefined,
    });
    const ping = { id: 5, deadlineMs: 100, body: { kind: 'ping' } } as const;
    expect(client.connection.send(ping)).toBe(true);
    client.connection.flush();
    await until(() => client.replies.length === 1, 'an answer');
    expect(client.replies).toEqual([{ id: 5, body: { kind: 'pong' } }]);
    client.connection.close();
    await until(() => node.server.clientCount === 0, 'the server forgets it');
    expect(client.ends).toEqual([]);
  });

  it('C4: says that it was open where it breaks', async () => {
    const [client, node] = await opened();
    await node.server.close();
    expect(await endOf(client)).toBe('OMNIKV_UNREACHABLE open');
    expect(client.connection.isOpen).toBe(false);
  });

  it('N5: ends with a protocol error where an answer cannot be decoded', async () => {
    const accepted = encodeHelloReply({
      kind: 'accepted',
      version: PROTOCOL_VERSIONS.highest,
      clusterId: CLUSTER,
      pid: 1,
      appliedIdx: 0,
      leader: 0,
    });
    const noReply = forge(Uint8Array.from([255, 255, 255]), { kind: FRAME_KIND.serverReply });
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(accepted);
      socket.once('data', () => socket.write(noReply));
    }).listen(world.path(1));
    await until(() => server.listening, 'it listens');
    expect(await endOf(connect(1))).toBe('OMNIKV_PROTOCOL open');
    server.close();
  });

  it('R1: asks to wait while much is waiting, and tells when there is room again', async () => {
    const [client, node] = await opened();
    let received = 0;
    node.clients[0]?.setHandlers({ onRequest: () => received++, onClose: () => undefined });
    const value = { kind: 'bytes', value: new Uint8Array(500_000) } as const;
    const operation = { kind: 'put', key: 'k', value, condition: undefined } as const;
    const command = { kind: 'request', sessionId: 1, sequence: 1, operation } as const;
    const request = { id: 1, deadlineMs: 1, body: { kind: 'execute', command } } as const;
    let sent = 1;
    while (client.connection.send(request)) sent++;
    expect(sent).toBe(3);
    await until(() => client.drains === 1, 'there is room again');
    await until(() => received === sent, 'all arrive');
    client.connection.close();
  });
});
