/** NATS JetStream: a key-value bucket with a replica on every node. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts, startProcess, stopAll, untilReady } from '../processes.js';
import type { RunningNode, System } from '../system.js';
import { missingFor } from './missing.js';
import { openBucket, type NatsAddress } from './nats-bucket.js';

async function leaderOf(address: NatsAddress): Promise<string | undefined> {
  const { bucket, close } = await openBucket(address);
  try {
    const { streamInfo } = await bucket.status();
    return streamInfo.cluster?.leader;
  } finally {
    await close();
  }
}

export const nats: System = {
  name: 'nats',
  durability: 'a majority has it in memory: no fdatasync; gets from the leader without a quorum',
  missing: async () => {
    const needs = { program: 'nats-server', debianPackage: 'nats-server', clientPackage: 'nats' };
    return await Promise.resolve(missingFor(needs));
  },
  start: async ({ directory, nodeCount }) => {
    const ports = await freePorts(2 * nodeCount);
    const routes = ports.slice(nodeCount).map((port) => `nats://127.0.0.1:${port}`);
    const members = Array.from({ length: nodeCount }, (_, i) => ({
      name: `nats${i + 1}`,
      dataPath: join(directory, `nats${i + 1}`),
      port: ports[i] ?? 0,
      routePort: ports[nodeCount + i] ?? 0,
    }));
    for (const { name, dataPath, port, routePort } of members) {
      const lines = [
        `server_name: ${name}`,
        `listen: "127.0.0.1:${port}"`,
        `jetstream { store_dir: ${JSON.stringify(dataPath)} }`,
        `cluster { name: bench, listen: "127.0.0.1:${routePort}", routes: ${JSON.stringify(routes)} }`,
      ];
      await writeFile(`${dataPath}.conf`, `${lines.join('\n')}\n`);
    }
    const children = members.map(({ dataPath }) => {
      return startProcess('nats-server', ['-c', `${dataPath}.conf`], `${dataPath}.log`);
    });
    const nodes = members.map(({ name, dataPath }, i): RunningNode => {
      return { name, osPid: children[i]?.pid ?? 0, dataPath };
    });
    const servers = members.map(({ port }) => `127.0.0.1:${port}`);
    const address: NatsAddress = { servers, replicas: nodeCount };
    try {
      await untilReady('nats', async () => (await leaderOf(address)) !== undefined);
    } catch (error) {
      await stopAll(children);
      throw error;
    }
    return {
      address: JSON.stringify(address),
      nodes,
      leader: async () => {
        const leader = await leaderOf(address);
        return nodes.find(({ name }) => name === leader);
      },
      stop: () => stopAll(children),
    };
  },
};
