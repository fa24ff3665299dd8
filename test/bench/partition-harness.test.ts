/** The parts of the partition experiment that speak: links file, shared history, etcd's proxy. */

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';

import { EtcdProxy, senderOf } from '../../bench/partitions/etcd-proxy.js';
import { linksFileOf, roundOf } from '../../bench/partitions/links-file.js';
import { renumbered, SharedHistory } from '../../bench/partitions/shared-history.js';
import { freePorts } from '../../bench/processes.js';
import { parseLinksFile } from '../../src/core/config/links-file.js';
import { CUT, NO_FAULT } from '../../src/core/wire/link-fault.js';

it('writes the links file as the nodes read it', () => {
  const text = linksFileOf([
    { from: 1, to: 2, trouble: { kind: 'cut' } },
    { from: 2, to: 1, trouble: { kind: 'drop', probability: 0.3 } },
    { from: 3, to: 1, trouble: { kind: 'delay', delayMs: 500 } },
  ]);
  expect(parseLinksFile(new TextEncoder().encode(text)).faults).toEqual([
    { from: 1, to: 2, fault: CUT, expiresAtEpochMs: undefined },
    { from: 2, to: 1, fault: { ...NO_FAULT, dropProbability: 0.3 }, expiresAtEpochMs: undefined },
    { from: 3, to: 1, fault: { ...NO_FAULT, delayMs: 500 }, expiresAtEpochMs: undefined },
  ]);
});

it('reads a ballot as numbers in the order of their weight', () => {
  expect(roundOf('c1.n12.p0@3')).toEqual([1, 12, 0, 3]);
});

it('two clients in one history share neither an id, nor a caller, nor a microsecond', () => {
  const directory = mkdtempSync(join(tmpdir(), 'omnikv-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'history');
  const history = new SharedHistory(path, 2);
  const recordings = [history.recording(0), history.recording(1)];
  const times = recordings.flatMap(({ clock }) => {
    return Array.from({ length: 100 }, () => Math.floor((clock?.nowMs() ?? 0) * 1_000));
  });
  expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
  for (const { writeLine } of recordings) {
    writeLine('{"format":"omnikv-history","version":1}');
    writeLine('{"id":7,"client":3,"call":1}');
  }
  history.close();
  expect(readFileSync(path, 'utf8').trim().split('\n')).toEqual([
    '{"format":"omnikv-history","version":1}',
    '{"id":14,"client":6,"call":1}',
    '{"id":15,"client":7,"call":1}',
  ]);
  expect(renumbered('{"id":2,"failed":true}', 1, 3)).toBe('{"id":7,"failed":true}');
});

const VERSION = 'GET /version HTTP/1.1\r\n\r\n';
const HEAD = 'POST /raft HTTP/1.1\r\nHost: x\r\nX-Server-From: 8e9e05c52164694d\r\n\r\n';

it('learns the sender from the first request of a connection', () => {
  expect(senderOf(HEAD)).toBe('8e9e05c52164694d');
  expect(senderOf('GET /version HTTP/1.1\r\n\r\nX-Server-From: 1\r\n')).toBeUndefined();
});

interface Line {
  readonly near: Socket;
  readonly far: Socket;
  readonly cut: Set<string>;
  readonly proxy: EtcdProxy;
  readonly got: { near: string; far: string };
  /** Resolves when the proxy has seen what was sent before: something later came through. */
  readonly settled: () => Promise<void>;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A connection of member 1 to member 2 through its proxy. */
async function lineThroughProxy(): Promise<Line> {
  const server = createServer();
  const targetPort = await listen(server);
  const [listenPort = 0] = await freePorts(1);
  const cut = new Set<string>();
  const members = new Map<string, number>();
  const proxy = await EtcdProxy.listen({
    ...{ node: 2, listenPort, targetPort },
    nodeOf: (memberId) => members.get(memberId),
    isCut: (from, to) => cut.has(`${from}>${to}`),
  });
  const dial = async (head: string) => {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const near = connect({ host: '127.0.0.1', port: listenPort });
    const [far] = await accepted;
    const got = { near: '', far: '' };
    near.on('data', (chunk) => (got.near += chunk.toString()));
    far.on('data', (chunk) => (got.far += chunk.toString()));
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.write(head);
    await vi.waitFor(() => expect(got.far).toBe(head));
    return { near, far, got };
  };
  const line = await dial(HEAD);
  // As in a run: which member has which id is known once they are connected.
  members.set('8e9e05c52164694d', 1);
  onTestFinished(async () => {
    line.near.destroy();
    await proxy.close();
    server.close();
  });
  return { ...line, cut, proxy, settled: async () => void (await dial(VERSION)).near.destroy() };
}

it('drops one direction in silence and passes the other', async () => {
  const { near, far, cut, got, settled } = await lineThroughProxy();
  cut.add('1>2');
  near.write('lost');
  far.write('answer');
  await vi.waitFor(() => expect(got.near).toBe('answer'));
  await settled();
  expect(got.far).toBe(HEAD);
  expect(near.destroyed || far.destroyed).toBe(false);
});

it('does not tell the other side that a connection ended while it is cut', async () => {
  const { near, far, cut, proxy, settled } = await lineThroughProxy();
  cut.add('1>2').add('2>1');
  near.destroy();
  await settled();
  await settled();
  proxy.closeBroken();
  expect(far.readableEnded || far.destroyed).toBe(false);
  cut.clear();
  proxy.closeBroken();
  await vi.waitFor(() => expect(far.destroyed).toBe(true));
});

it('a connection that lost bytes is closed after healing', async () => {
  const { near, cut, proxy, settled } = await lineThroughProxy();
  cut.add('1>2');
  near.write('lost');
  await settled();
  proxy.closeBroken();
  expect(near.destroyed).toBe(false);
  cut.clear();
  proxy.closeBroken();
  await vi.waitFor(() => expect(near.destroyed).toBe(true));
});

it('a connection that lost nothing goes on after healing', async () => {
  const { near, cut, proxy, got, settled } = await lineThroughProxy();
  cut.add('1>2');
  await settled();
  cut.clear();
  proxy.closeBroken();
  near.write('next');
  await vi.waitFor(() => expect(got.far).toBe(`${HEAD}next`));
});
