/**
 * The hand-written client of ZooKeeper speaks its encoding, against a server that is played here.
 */

import { once } from 'node:events';
import * as net from 'node:net';
import { afterEach, expect, it } from 'vitest';

import { encodeJute } from '../../bench/peers/jute.js';
import { ZOOKEEPER_ERROR, ZooKeeperClient } from '../../bench/peers/zookeeper-client.js';
import { FrameWriter, readFrames } from '../../bench/skeleton/frames.js';

const servers: net.Server[] = [];
const sockets: net.Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, 'close');
  }
});

/** Answers the connect with `sessionId`, and each request with what `answer` gives. */
async function played(
  sessionId: bigint,
  answer: (operation: number, body: Buffer) => number | 'hang up',
): Promise<number> {
  const server = net.createServer((socket) => {
    sockets.push(socket);
    const writer = new FrameWriter(socket, 'big-endian');
    let isFirst = true;
    readFrames(
      socket,
      (body) => {
        if (isFirst) {
          isFirst = false;
          writer.write(encodeJute([0, 10_000, sessionId, Buffer.alloc(16), false]));
          return;
        }
        const error = answer(body.readInt32BE(4), body.subarray(8));
        if (error === 'hang up') socket.destroy();
        else writer.write(encodeJute([body.readInt32BE(0), 7n, error]));
      },
      'big-endian',
    );
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

it('numbers are big-endian, strings and bytes come behind their length', () => {
  const bytes = encodeJute([1, 2n, '/a', Buffer.from([9]), true]);
  expect(bytes.toString('hex')).toBe(
    '00000001' + '0000000000000002' + '000000022f61' + '0000000109' + '01',
  );
});

it('a read is a sync and a getData, in this order', async () => {
  const seen: number[] = [];
  const port = await played(5n, (operation) => {
    seen.push(operation);
    return 0;
  });
  const client = await ZooKeeperClient.connect(port);
  expect(await client.getData('/k')).toBe(0);
  await client.close();
  expect(seen).toEqual([9, 4, -11]);
});

it('each answer reaches its own call, with the code of the server', async () => {
  const port = await played(5n, (operation) => (operation === 5 ? ZOOKEEPER_ERROR.noNode : 0));
  const client = await ZooKeeperClient.connect(port);
  const value = Buffer.alloc(8);
  const answers = await Promise.all([
    client.setData('/k', value),
    client.create('/k', value),
    client.setData('/k', value),
  ]);
  expect(answers).toEqual([ZOOKEEPER_ERROR.noNode, 0, ZOOKEEPER_ERROR.noNode]);
  await client.close();
});

it('a server that refuses the session, or that hangs up, fails the call', async () => {
  await expect(ZooKeeperClient.connect(await played(0n, () => 0))).rejects.toThrow('no session');
  const client = await ZooKeeperClient.connect(await played(5n, () => 'hang up'));
  await expect(client.getData('/k')).rejects.toThrow();
  await expect(client.getData('/k')).rejects.toThrow();
});
