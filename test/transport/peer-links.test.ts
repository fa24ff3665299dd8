/**
 * Links between nodes, over real sockets: up and down, repair, replacement, bounds, impostors.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, symlinkSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  decodePeerMessage,
  encodeHello,
  encodeHelloReply,
  peekPeerSender,
} from '../../src/core/wire/index.js';
import { forge, join, valueOf } from '../wire/frames.js';
import type { TestNode } from './fixtures.js';
import { CLUSTER, hello, largePeerFrame, OTHER_CLUSTER } from './fixtures.js';
import { peerFrame, until, World } from './fixtures.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

async function pair(): Promise<readonly [TestNode, TestNode]> {
  const a = await world.started(1, [2]);
  const b = await world.started(2, [1]);
  await until(() => a.links.isUp(2) && b.links.isUp(1), 'both links are up');
  return [a, b];
}

const indexOf = (frame: { readonly body: Uint8Array }): number => {
  const { body } = valueOf(decodePeerMessage(frame.body));
  return body.kind === 'decidedRequest' ? body.fromIdx : -1;
};

describe('a link', () => {
  it('N9: carries frames in order, many turns and large ones among them', async () => {
    const [a, b] = await pair();
    for (let i = 0; i < 2_000; i++) {
      expect(
        a.links.send(2, i === 1_000 ? largePeerFrame(1, 2, 3 << 20) : peerFrame(1, 2, i)),
      ).toBe(true);
      if (i % 100 === 0) await until(() => b.frames.length > i - 50, 'frames arrive');
    }
    await until(() => b.frames.length === 2_000, 'all frames arrive');
    expect(b.frames.map(indexOf)).toEqual(
      Array.from({ length: 2_000 }, (_, i) => (i === 1_000 ? -1 : i)),
    );
    expect(b.frames.every((frame) => frame.from === 1)).toBe(true);
    // The hello is a frame too.
    expect(a.links.counters(2)).toMatchObject({ framesSent: 2_001, losses: 0 });
    expect(b.links.counters(1)).toMatchObject({ framesReceived: 2_001, losses: 0 });
  });

  it('tells up once for each side, and loses what is sent before', async () => {
    const a = await world.started(1, [2]);
    expect(a.links.send(2, peerFrame(1, 2))).toBe(false);
    expect(a.links.send(9, peerFrame(1, 9))).toBe(false);
    expect(a.links.counters(2)?.framesDropped).toBe(1);
    const b = await world.started(2, [1]);
    await until(() => a.links.isUp(2) && b.links.isUp(1), 'both links are up');
    expect(a.events).toEqual(['up 2']);
    expect(b.events).toEqual(['up 1']);
    expect(b.frames).toEqual([]);
  });

  it('N8: a restarted peer is told down and up, at once and not after the back-off', async () => {
    const [a, b] = await pair();
    await b.server.close();
    await until(() => a.events.includes('down 2'), 'the loss is told');
    // Long enough for the back-off to grow to its largest step.
    await until(() => (a.links.counters(2)?.dialFailures ?? 0) >= 6, 'some dials fail');
    const again = await world.started(2, [1]);
    const startedAt = performance.now();
    await until(() => a.links.isUp(2) && again.links.isUp(1), 'both links are up again');
    expect(performance.now() - startedAt).toBeLessThan(300);
    expect(a.events).toEqual(['up 2', 'down 2', 'up 2']);
    a.links.send(2, peerFrame(1, 2, 5));
    again.links.send(1, peerFrame(2, 1, 6));
    await until(() => again.frames.length === 1 && a.frames.length === 1, 'frames flow again');
  });

  it('N8: the newest inbound connection replaces the older one', async () => {
    const a = await world.started(1, [2]);
    const older = world.raw(1);
    older.write(encodeHello(hello(2, 1)));
    await until(() => older.received.length > 0, 'the first is accepted');
    const newer = world.raw(1);
    newer.write(join([encodeHello(hello(2, 1)), peerFrame(2, 1, 8)]));
    await until(() => older.isClosed && a.frames.length === 1, 'the second takes its place');
    expect(newer.isClosed).toBe(false);
    expect(a.links.counters(2)?.replacements).toBe(1);
  });

  it('N8: an inbound connection that is lost and comes back is told down and up', async () => {
    const b = await world.started(2, [1]);
    const a = world.node(1, [2]);
    await a.server.listen();
    // Node 1 accepts but never dials: its side is played by hand.
    const first = world.raw(2);
    first.write(encodeHello(hello(1, 2)));
    await until(() => first.received.length > 0 && b.links.isUp(1), 'up both ways');
    first.socket.destroy();
    await until(() => b.events.includes('down 1'), 'the loss is told');
    const second = world.raw(2);
    second.write(encodeHello(hello(1, 2)));
    await until(() => b.links.isUp(1), 'up again, though the other direction never broke');
    expect(b.events).toEqual(['up 1', 'down 1', 'up 1']);
    expect(b.links.counters(1)?.connects).toBe(1);
  });
});

describe('who must not be believed', () => {
  it('N6: a message in the name of another node ends the connection', async () => {
    const a = await world.started(1, [2, 3]);
    const impostor = world.raw(1);
    impostor.write(join([encodeHello(hello(2, 1)), peerFrame(2, 1), peerFrame(3, 1)]));
    await until(() => impostor.isClosed, 'the connection is closed');
    expect(a.frames.map((frame) => peekPeerSender(frame.body))).toEqual([2]);
    expect(a.links.counters(2)?.protocolErrors).toBe(1);
  });

  it('N5: garbage from a peer ends its connection; the link comes back', async () => {
    const a = await world.started(1, [2]);
    const rogue = world.raw(1);
    const damaged = forge(new Uint8Array(4), { isBodyCrcWrong: true });
    rogue.write(join([encodeHello(hello(2, 1)), damaged, peerFrame(2, 1)]));
    await until(() => rogue.isClosed, 'the connection is closed');
    expect(a.frames).toEqual([]);
    const b = await world.started(2, [1]);
    await until(() => a.links.isUp(2) && b.links.isUp(1), 'both links are up');
    expect(a.log.filter((line) => line.event === 'peer-link-dropped')).toHaveLength(1);
  });

  it('N5: a body that the owner cannot decode ends the connection', async () => {
    const [a, b] = await pair();
    a.links.rejectFrame(2, 'not a message');
    await until(() => b.events.includes('down 1'), 'the peer notices');
    await until(() => a.links.isUp(2) && b.links.isUp(1), 'both links are up again');
    expect(a.links.counters(2)?.protocolErrors).toBe(1);
  });

  it('N6: does not talk to a node of another cluster, and says so once', async () => {
    const a = world.node(1, [2], { clusterId: OTHER_CLUSTER });
    const b = await world.started(2, [1]);
    await a.server.listen();
    a.links.start();
    await until(() => (a.links.counters(2)?.dialFailures ?? 0) >= 3, 'it is refused');
    expect([...a.events, ...b.events]).toEqual([]);
    expect(a.log.filter((line) => line.event === 'peer-refused')).toHaveLength(1);
    expect(b.server.counters().rejections).toBeGreaterThan(0);
  });

  it('N6: checks the answer: another node at the path is not taken for the peer', async () => {
    const a = world.node(1, [2]);
    const impostor = await world.started(3, [1]);
    // Node 3 answers where node 2 is expected.
    symlinkSync(world.path(3), world.path(2));
    await a.server.listen();
    a.links.start();
    await until(() => (a.links.counters(2)?.dialFailures ?? 0) >= 2, 'it is refused');
    expect(a.links.isUp(2)).toBe(false);
    expect(impostor.frames).toEqual([]);
  });
});

describe('peers that hang', () => {
  it('R3: a peer that reads nothing loses its link at the bound, and no other', async () => {
    const a = await world.started(1, [2, 3]);
    const other = await world.started(3, [1]);
    // Accepts, shakes hands, then never reads again.
    const script = `
      const net = require('node:net');
      const reply = Buffer.from(process.argv[2], 'hex');
      net.createServer((socket) => {
        socket.once('data', () => { socket.write(reply); socket.pause(); });
        socket.on('error', () => {});
      }).listen(process.argv[1]);`;
    const accepted = { kind: 'accepted', version: 2, pid: 2, appliedIdx: 0, leader: 0 } as const;
    const reply = Buffer.from(encodeHelloReply({ ...accepted, clusterId: CLUSTER })).toString(
      'hex',
    );
    const child = spawn(process.execPath, ['-e', script, world.path(2), reply], {
      stdio: 'ignore',
    });
    try {
      await until(() => a.links.isUp(2) && a.links.isUp(3), 'both links are up');
      const frame = largePeerFrame(1, 2, 1 << 20);
      let sent = 0;
      while (a.links.send(2, frame)) {
        sent++;
        expect(sent).toBeLessThan(100);
      }
      expect(sent).toBeGreaterThanOrEqual(20);
      await until(() => a.events.includes('down 2'), 'the link is given up');
      expect(a.links.counters(2)?.sendBufferOverflows).toBe(1);
      a.links.send(3, peerFrame(1, 3, 77));
      await until(() => other.frames.length === 1, 'the other link is not held up');
      expect(a.events.filter((event) => event.endsWith('3'))).toEqual(['up 3']);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('N4: a stopped process accepts connections and is not taken for up', async () => {
    const script = `require('node:net').createServer().listen(process.argv[1])`;
    const child = spawn(process.execPath, ['-e', script, world.path(2)], { stdio: 'ignore' });
    try {
      await until(() => existsSync(world.path(2)), 'it listens');
      child.kill('SIGSTOP');
      const a = await world.started(1, [2]);
      await until(() => a.links.counters(2)?.dialFailures === 1, 'the handshake times out');
      expect(a.events).toEqual([]);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('a peer that dies is told down at once, by the closed connection', async () => {
    const [a, b] = await pair();
    const startedAt = performance.now();
    b.links.close();
    await until(() => a.events.at(-1) === 'down 2', 'the loss is told');
    expect(performance.now() - startedAt).toBeLessThan(200);
  });
});
