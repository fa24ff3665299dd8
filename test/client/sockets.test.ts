/**
 * The client over real Unix sockets: codec, handshake, one write a turn, errors of a connection.
 */

import { afterEach, beforeEach, expect, it } from 'vitest';

import { connect, type Client } from '../../src/core/client/index.js';
import { isEqualBytes, KvStateMachine } from '../../src/core/kv/index.js';
import type { ClientGatewayConnection } from '../../src/core/transport/index.js';
import type { ClientRequestBody, ServerReplyBody } from '../../src/core/wire/index.js';
import { ClientGateway } from '../../src/core/server/client-gateway.js';
import { World } from '../transport/fixtures.js';

const CLUSTER_ID = '07'.repeat(16);
const STATUS = { pid: 1, osPid: 4_711 };
/** The applied index that the fixture's nodes name at the handshake. */
const NAMED_IDX = 42;

let world: World;
let machine: KvStateMachine;
let client: Client;

beforeEach(() => {
  world = new World();
  machine = new KvStateMachine();
  for (let index = 0; index < NAMED_IDX; index++) {
    machine.apply(index, { kind: 'configure', sessionLimit: 512, oneShotLimit: 512 });
  }
});

afterEach(async () => {
  client.close();
  await world.close();
});

function serve(body: ClientRequestBody): ServerReplyBody {
  const { appliedIdx } = machine;
  switch (body.kind) {
    case 'execute':
      return { kind: 'executed', reply: machine.apply(appliedIdx, body.command) };
    case 'get':
      return { kind: 'value', found: machine.get(body.key), appliedIdx };
    case 'scan':
      return { kind: 'items', ...machine.scan(body.range), appliedIdx };
    case 'status':
      return { kind: 'status', json: JSON.stringify(STATUS) };
    case 'ping':
      return { kind: 'pong' };
    case 'reloadFaults':
      return { kind: 'faultsReloaded' };
    case 'handOver':
      return { kind: 'handedOver', leader: body.to };
  }
}

function onClient(connection: ClientGatewayConnection): void {
  connection.setHandlers({
    onRequest: ({ id, body }) => {
      connection.reply({ id, body: serve(body) });
    },
    onClose: () => undefined,
  });
}

async function started(): Promise<void> {
  await world.node(1, [], { onClient }).server.listen();
  client = connect({ clusterId: CLUSTER_ID, nodes: new Map([[1, world.path(1)]]) });
}

it('carries every kind of call and value', async () => {
  await started();
  const bytes = new Uint8Array(1024 * 1024).fill(3);
  await client.put('n', 2n ** 64n - 2n);
  expect(await client.increment('n')).toBe(2n ** 64n - 1n);
  await client.put('t', { kind: 'text', value: 'grüße 😀' });
  await client.put('b', { kind: 'bytes', value: bytes });
  expect((await client.get('t'))?.value).toEqual({ kind: 'text', value: 'grüße 😀' });
  const large = (await client.get('b'))?.value;
  expect(large?.kind === 'bytes' && isEqualBytes(large.value, bytes)).toBe(true);
  const { items } = await client.scan({ isReverse: true });
  expect(items.map((item) => item.key)).toEqual(['t', 'n', 'b']);
  expect((await client.scan({ isKeysOnly: true })).items).toHaveLength(3);
  expect(await client.execute({ kind: 'delete', keys: ['n', 't', 'none'] })).toEqual({
    kind: 'deleted',
    count: 2,
  });
  expect(await client.status(1)).toEqual(STATUS);
  expect(await client.ping(1)).toBeGreaterThanOrEqual(0);
});

it('runs 256 calls side by side over one connection', async () => {
  await started();
  const calls = Array.from({ length: 2_000 }, () => client.increment('n'));
  const sums = await Promise.all(calls);
  expect(new Set(sums).size).toBe(2_000);
  expect(machine.sessionCount).toBe(256);
});

it('does not lose its way when the connection is full', async () => {
  await started();
  const large = { kind: 'bytes', value: new Uint8Array(1024 * 1024) } as const;
  const calls = Array.from({ length: 40 }, (_, at) => client.put(`k${at}`, large));
  await Promise.all(calls);
  expect(machine.keyCount).toBe(40);
});

it('is refused by a node of another cluster', async () => {
  await world.node(1, [], { onClient }).server.listen();
  client = connect({ clusterId: 'ff'.repeat(16), nodes: new Map([[1, world.path(1)]]) });
  await expect(client.get('k')).rejects.toMatchObject({ code: 'OMNIKV_WRONG_CLUSTER' });
});

it('says within a second that nobody listens', async () => {
  client = connect({ clusterId: CLUSTER_ID, nodes: new Map([[1, world.path(1)]]) });
  const startMs = performance.now();
  await expect(client.put('k', 1n)).rejects.toMatchObject({ code: 'OMNIKV_UNREACHABLE' });
  await expect(client.status(1)).rejects.toMatchObject({ code: 'OMNIKV_NODE_DOWN' });
  expect(performance.now() - startMs).toBeLessThan(1_000);
});

it('takes cluster ids as 32 hex digits and nothing else', () => {
  const nodes = new Map([[1, world.path(1)]]);
  expect(() => connect({ clusterId: 'abc', nodes })).toThrow(/32 hex digits/);
  expect(() => connect({ clusterId: CLUSTER_ID, nodes: new Map() })).toThrow(/at least one node/);
  client = connect({ clusterId: CLUSTER_ID, nodes });
});

it('R4: gets a hundred large values at once', async () => {
  const gateway = new ClientGateway({
    replica: {
      submit: (sink, { id, body }) => {
        sink.reply(id, serve(body));
        setImmediate(() => gateway.flush());
      },
      handOver: () => undefined,
    },
    describeStatus: () => JSON.stringify(STATUS),
    reloadFaults: () => undefined,
  });
  const node = world.node(1, [], {
    onClient: (connection) => {
      gateway.accept(connection);
    },
  });
  await node.server.listen();
  client = connect({ clusterId: CLUSTER_ID, nodes: new Map([[1, world.path(1)]]) });
  const value = { kind: 'bytes', value: new Uint8Array(1024 * 1024).fill(7) } as const;
  await client.put('large', value);
  const asked = Array.from({ length: 100 }, () => client.get('large', { deadlineMs: 20_000 }));
  for (const found of await Promise.all(asked)) {
    expect(found?.value.kind === 'bytes' && found.value.value.length).toBe(1024 * 1024);
  }
  expect(node.server.counters().slowClients).toBe(0);
});
