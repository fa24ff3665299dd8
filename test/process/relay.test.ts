/**
 * The chained cut on real processes: the leader loses its link to one follower, in silence. Nobody takes
 * over, and a client that reaches the cut-off node alone is served through the other one (X7, H18).
 */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Client } from '../../src/core/client/index.js';
import { TempCluster } from '../support/temp-cluster.js';

const cluster = new TempCluster();
const clients: Client[] = [];
let clusterId: string;

beforeAll(async () => {
  await cluster.ok('init', '--nodes', '3');
  await cluster.ok('start');
  const toml = readFileSync(cluster.path('config', 'cluster.toml'), 'utf8');
  clusterId = /cluster_id\s*=\s*"([^"]+)"/.exec(toml)?.[1] ?? '';
});
afterAll(async () => {
  for (const client of clients) client.close();
  await cluster.dispose();
});

/** It knows that node and no other. */
function clientOf(pid: number): Client {
  const nodes = new Map([[pid, cluster.path('run', `node${pid}.sock`)]]);
  const client = connect({ clusterId, nodes });
  clients.push(client);
  return client;
}

async function ballot(): Promise<unknown> {
  return (await cluster.json('leader')).ballot;
}

describe('the chained cut', () => {
  it('X7: no leader changes, writes go on, and the cut-off node serves its clients', async () => {
    await cluster.ok('wait', '--for', 'leader');
    const leader = (await cluster.json('leader')).leader as number;
    const cutOff = leader === 3 ? 2 : 3;
    const before = await ballot();
    const client = clientOf(cutOff);
    const other = clientOf(leader);
    await client.increment('n');

    await cluster.ok('cut', `${leader}-${cutOff}`);
    let acknowledged = 1n;
    // Over several election timeouts; the first of them meet a link that has just fallen silent.
    for (const untilMs = performance.now() + 1_500; performance.now() < untilMs;) {
      acknowledged = await client.increment('n');
      expect(await other.get('n')).toMatchObject({ value: { value: acknowledged } });
      await other.increment('other');
      expect((await client.get('other'))?.value).toEqual((await other.get('other'))?.value);
    }
    expect(await ballot()).toBe(before);
    const status = await client.status(cutOff);
    expect(status.relaysThrough).toBe([1, 2, 3].find((pid) => pid !== leader && pid !== cutOff));
    expect(status.links[String(leader)]).toMatchObject({ isHeard: false, fault: { isCut: true } });

    await cluster.ok('heal');
    await cluster.ok('wait', '--for', 'synced');
    expect(await ballot()).toBe(before);
    expect((await client.get('n'))?.value).toEqual({ kind: 'u64', value: acknowledged });
  });

  it('N11: a cut outlives the process that is behind it', async () => {
    const leader = (await cluster.json('leader')).leader as number;
    const cutOff = leader === 1 ? 2 : 1;
    await cluster.ok('isolate', String(cutOff));
    await cluster.ok('crash', String(cutOff));
    await cluster.ok('put', 'while-away', '7');
    const recovered = await cluster.run(['recover', String(cutOff), '--timeout', '3s']);
    expect(recovered.status).not.toBe(0);
    const status = await clientOf(cutOff).status(cutOff);
    for (const link of Object.values(status.links)) expect(link).toMatchObject({ state: 'down' });
    await cluster.ok('heal');
    await cluster.ok('wait', '--for', 'synced', '--timeout', '10s');
    expect((await clientOf(cutOff).get('while-away'))?.value).toEqual({ kind: 'u64', value: 7n });
  });
});
