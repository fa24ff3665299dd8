/** One Redis that syncs every write. It replicates nothing: it is the fastest thing with a disk. */

import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startProcess, stopProcess, untilReady } from '../processes.js';
import type { RunningNode, System } from '../system.js';
import { missingFor } from './missing.js';

async function answersPing(socketPath: string): Promise<boolean> {
  const socket = connect(socketPath);
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [reply] = (await once(socket, 'data')) as [Buffer];
    return reply.toString('latin1').startsWith('+PONG');
  } finally {
    socket.destroy();
  }
}

export const redis: System = {
  name: 'redis',
  durability: 'ONE node, appendfsync always, no replication',
  missing: async () => {
    const needs = { program: 'redis-server', debianPackage: 'redis-server' };
    return await Promise.resolve(missingFor({ ...needs, clientPackage: 'ioredis' }));
  },
  start: async ({ directory }) => {
    const dataPath = join(directory, 'data');
    const socketPath = join(directory, 'redis.sock');
    await mkdir(dataPath);
    const disk = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
    const where = ['--port', '0', '--unixsocket', socketPath, '--dir', dataPath];
    const child = startProcess('redis-server', [...where, ...disk], join(directory, 'redis.log'));
    const node: RunningNode = { name: 'redis', osPid: child.pid ?? 0, dataPath };
    try {
      await untilReady('redis', () => answersPing(socketPath));
    } catch (error) {
      await stopProcess(child);
      throw error;
    }
    return {
      address: socketPath,
      nodes: [node],
      leader: async () => await Promise.resolve(node),
      stop: () => stopProcess(child),
    };
  },
};
