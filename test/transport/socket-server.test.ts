/**
 * The listening socket against what may come: garbage, silence, strangers, too many, slow readers.
 */

import type { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { MAX_CLIENT_INFLIGHT_REQUESTS, MAX_PENDING_HANDSHAKES } from '../../src/core/limits.js';
import {
  decodeHelloReply,
  decodeServerReplies,
  encodeClientRequest,
  encodeHello,
  FRAME_KIND,
  FrameReader,
  PROTOCOL_VERSIONS,
} from '../../src/core/wire/index.js';
import type { HelloReply } from '../../src/core/wire/index.js';
import { forge, join, readAll, valueOf } from '../wire/frames.js';
import { mutate, noise, prng } from '../wire/mutation.js';
import type { RawConnection, TestNode } from './fixtures.js';
import { CLUSTER, hello, OTHER_CLUSTER, peerFrame, until, World } from './fixtures.js';

let world: World;
let node: TestNode;
beforeEach(async () => {
  world = new World();
  node = world.node(1, [2], {
    handshakeTimeoutMs: 400,
    onClient: (connection) => {
      connection.setHandlers({
        onRequest: () => {
          connection.reply({ id: 1, body: { kind: 'pong' } });
        },
        onClose: () => undefined,
      });
    },
  });
  await node.server.listen();
});
afterEach(() => world.close());

const ping = encodeClientRequest({ id: 1, deadlineMs: 1_000, body: { kind: 'ping' } });

function replyTo(connection: RawConnection): HelloReply | undefined {
  const [first] = readAll(new FrameReader(1 << 16), [connection.receivedBytes]);
  return first?.kind === 'frame' ? valueOf(decodeHelloReply(first.body)) : undefined;
}

async function client(): Promise<RawConnection> {
  const connection = world.raw(1);
  connection.write(encodeHello(hello(0, 1)));
  await until(() => replyTo(connection)?.kind === 'accepted', 'the client is accepted');
  return connection;
}

async function expectServing(): Promise<void> {
  const connection = await client();
  const before = connection.receivedBytes.length;
  connection.write(ping);
  await until(() => connection.receivedBytes.length > before, 'an answer to ping');
  connection.socket.destroy();
}

describe('the handshake', () => {
  it('N6: tells a client who it talks to, the floor of one-shots and the leader', async () => {
    expect(replyTo(await client())).toEqual({
      kind: 'accepted',
      version: PROTOCOL_VERSIONS.highest,
      clusterId: CLUSTER,
      pid: 1,
      appliedIdx: 42,
      leader: 3,
    });
  });

  it('takes requests that come in the same chunk as the hello', async () => {
    const connection = world.raw(1);
    connection.write(join([encodeHello(hello(0, 1)), ping, ping]));
    const pongs = (): number => {
      let count = 0;
      for (const frame of readAll(new FrameReader(1 << 16), [connection.receivedBytes]).slice(1)) {
        if (frame.kind === 'frame') decodeServerReplies(frame.body, () => count++);
      }
      return count;
    };
    await until(() => pongs() === 2, 'two pongs behind the reply to the hello');
  });

  it('N6: closes with a typed reason where the cluster is another', async () => {
    const connection = world.raw(1);
    connection.write(encodeHello(hello(2, 1, { clusterId: OTHER_CLUSTER })));
    await until(() => connection.isClosed, 'the connection is closed');
    expect(replyTo(connection)).toMatchObject({ kind: 'rejected', reason: 'wrongCluster' });
    expect(node.server.counters().rejections).toBe(1);
    await expectServing();
  });

  it('S1: rejects who comes while the node is stopping, and goes on with the others', async () => {
    const early = await client();
    node.server.stopAccepting();
    const late = world.raw(1);
    late.write(encodeHello(hello(0, 1)));
    await until(() => late.isClosed, 'the late one is closed');
    expect(replyTo(late)).toMatchObject({ kind: 'rejected', reason: 'shuttingDown' });
    const before = early.receivedBytes.length;
    early.write(ping);
    await until(() => early.receivedBytes.length > before, 'the early one is answered');
  });

  it('N6: closes who says nothing in time, also in the middle of a hello', async () => {
    const silent = world.raw(1);
    const halting = world.raw(1);
    halting.write(encodeHello(hello(2, 1)).subarray(0, 20));
    await until(() => silent.isClosed && halting.isClosed, 'both are closed');
    expect(node.server.counters().handshakeFailures).toBe(2);
    await expectServing();
  });

  it('N6: takes no more than 4 KiB before the handshake', async () => {
    const connection = world.raw(1);
    connection.write(forge(new Uint8Array(4_097), { kind: 1 }));
    await until(() => connection.isClosed, 'the connection is closed');
    expect(node.server.counters().protocolErrors).toBe(1);
  });

  it('R7: holds a bounded number of connections that have not said who they are', async () => {
    const silent = Array.from({ length: MAX_PENDING_HANDSHAKES + 20 }, () => world.raw(1));
    await until(() => node.server.counters().turnedAway >= 20, 'the rest is turned away');
    await until(() => silent.every((connection) => connection.isClosed), 'all time out');
    await expectServing();
  });
});

describe('without file descriptors', () => {
  it('R7: accepting rests for a moment, and the node goes on', async () => {
    const early = await client();
    const listening = Reflect.get(node.server, 'server') as EventEmitter;
    listening.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
    const late = world.raw(1);
    late.write(encodeHello(hello(0, 1)));
    await until(() => late.isClosed, 'the late one is turned away');
    expect(late.received).toEqual([]);
    expect(node.server.counters()).toMatchObject({ acceptErrors: 1, turnedAway: 1 });
    const before = early.receivedBytes.length;
    early.write(ping);
    await until(() => early.receivedBytes.length > before, 'the early one is answered');
    const accepted = (): Promise<boolean> => {
      const connection = world.raw(1);
      connection.write(encodeHello(hello(0, 1)));
      return until(() => connection.received.length > 0 || connection.isClosed, 'an end').then(
        () => connection.received.length > 0,
      );
    };
    while (!(await accepted()));
  });
});

describe('garbage', () => {
  it('N5: closes the connection, counts, and serves on', async () => {
    const random = prng(99);
    const valid = [encodeHello(hello(2, 1)), encodeHello(hello(0, 1)), ping, peerFrame(2, 1)];
    const connections = Array.from({ length: 200 }, (_, i) => {
      const connection = world.raw(1);
      const start = i % 3 === 0 ? encodeHello(hello(0, 1)) : new Uint8Array(0);
      connection.write(join([start, i % 2 === 0 ? noise(random, 400) : mutate(valid, random)]));
      connection.socket.end();
      return connection;
    });
    await until(() => connections.every((one) => one.isClosed), 'all are closed');
    expect(node.server.counters().protocolErrors).toBeGreaterThan(50);
    await expectServing();
  });

  it('N5: is logged once a minute, not once a connection', async () => {
    for (let i = 0; i < 20; i++) {
      const connection = world.raw(1);
      connection.write(new Uint8Array(64).fill(i));
      await until(() => connection.isClosed, 'the connection is closed');
    }
    expect(node.server.counters().protocolErrors).toBe(20);
    expect(node.log.filter((line) => line.event === 'connection-dropped')).toHaveLength(1);
  });

  it('N5: a peer frame from a client ends the connection', async () => {
    const connection = await client();
    connection.write(peerFrame(2, 1));
    await until(() => connection.isClosed, 'the connection is closed');
    expect(node.server.counters().protocolErrors).toBe(1);
    await until(() => node.server.clientCount === 0, 'the client is forgotten');
  });

  it('N5: a request that the server cannot decode ends the connection', async () => {
    const connection = await client();
    connection.write(forge(Uint8Array.from([255, 255, 255]), { kind: FRAME_KIND.clientRequest }));
    await until(() => connection.isClosed, 'the connection is closed');
    expect(node.server.counters().protocolErrors).toBe(1);
  });
});

describe('clients that take too much', () => {
  it('R4: gives up a client that does not read its answers', async () => {
    const connection = await client();
    const ended: string[] = [];
    node.clients[0]?.setHandlers({
      onRequest: () => undefined,
      onClose: () => ended.push('closed'),
    });
    connection.socket.pause();
    const json = 'x'.repeat(100_000);
    const answer = { id: 1, body: { kind: 'status', json } } as const;
    for (let i = 0; i < 60; i++) node.clients[0]?.reply(answer);
    await until(() => ended.length === 1, 'the client is given up');
    expect(node.server.counters().slowClients).toBe(1);
    expect(node.clients[0]?.isClosed).toBe(true);
    await expectServing();
  });

  it('R4: does not listen to a client whose answers wait, until it reads them', async () => {
    const connection = await client();
    const gateway = node.clients[0];
    const json = 'x'.repeat(100_000);
    let requests = 0;
    gateway?.setHandlers({
      onRequest: () => {
        requests++;
        // Enough to clog it, then a word each.
        const isLarge = requests <= 25;
        gateway.reply({ id: 1, body: isLarge ? { kind: 'status', json } : { kind: 'pong' } });
      },
      onClose: () => undefined,
    });
    connection.socket.pause();
    const total = 20_000;
    for (let i = 0; i < total; i += 100) connection.write(join(new Array(100).fill(ping)));
    await until(() => gateway?.isClogged === true, 'answers wait');
    let before = -1;
    await until(() => {
      const isStill = requests === before;
      before = requests;
      return isStill;
    }, 'nothing more is read');
    await expectServing();
    expect(requests).toBeLessThan(total / 2);
    expect(gateway?.isClosed).toBe(false);
    connection.socket.resume();
    await until(() => requests === total, 'the rest is read');
    expect(node.server.counters().slowClients).toBe(0);
  });

  it('R1: reads no further while too many requests wait for an answer', async () => {
    const connection = await client();
    const gateway = node.clients[0];
    let requests = 0;
    gateway?.setHandlers({ onRequest: () => requests++, onClose: () => undefined });
    const total = MAX_CLIENT_INFLIGHT_REQUESTS + 1_000;
    connection.write(join(new Array<Uint8Array>(total).fill(ping)));
    await until(() => requests === MAX_CLIENT_INFLIGHT_REQUESTS, 'the limit is reached');
    // Were it to read on, the rest would be here by the time another client has been served.
    await expectServing();
    expect(requests).toBe(MAX_CLIENT_INFLIGHT_REQUESTS);
    const pong = { id: 1, body: { kind: 'pong' } } as const;
    for (let i = 0; i < MAX_CLIENT_INFLIGHT_REQUESTS; i++) gateway?.reply(pong);
    await until(() => requests === total, 'the rest is read');
  });
});

describe('the end', () => {
  it('N3: close ends all connections and takes the socket file away', async () => {
    const connections = [await client(), world.raw(1), await client()];
    await node.server.close();
    expect(existsSync(world.path(1))).toBe(false);
    await until(() => connections.every((one) => one.isClosed), 'all are closed');
  });

  it('S1: close lets the last answers out, but waits for nobody who does not read', async () => {
    const reading = await client();
    const deaf = await client();
    deaf.socket.pause();
    const json = 'x'.repeat(1_000_000);
    for (const gateway of node.clients) gateway.reply({ id: 1, body: { kind: 'status', json } });
    await node.server.close();
    await until(() => reading.isClosed, 'the reader has seen the end');
    expect(reading.receivedBytes.length).toBeGreaterThan(1_000_000);
  });

  it('a node can listen again at once at the path of one that has closed', async () => {
    await node.server.close();
    node = world.node(1, [2]);
    await node.server.listen();
    expect(existsSync(world.path(1))).toBe(true);
  });
});
