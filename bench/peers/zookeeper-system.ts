/** ZooKeeper from Debian's jars, with its default timings. */

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePorts, startProcess, stopAll, untilReady } from '../processes.js';
import type { RunningNode, System } from '../system.js';
import { missingFor } from './missing.js';

/** Its manifest names the jars that it needs. */
const JAR = '/usr/share/java/zookeeper.jar';
const LOGGER = '/usr/share/java/slf4j-simple.jar';

/** leader, follower, or undefined while it serves nobody. */
async function modeAt(port: number): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.end('srvr');
    return /^Mode: (\w+)$/m.exec(await text(socket))?.[1];
  } finally {
    socket.destroy();
  }
}

function configOf(dataPath: string, port: number, servers: readonly string[]): string {
  const lines = [
    ...['tickTime=2000', 'initLimit=10', 'syncLimit=5'],
    ...[`dataDir=${dataPath}`, `clientPort=${port}`, 'clientPortAddress=127.0.0.1'],
    ...['admin.enableServer=false', '4lw.commands.whitelist=srvr'],
    ...servers.map((server, i) => `server.${i + 1}=${server}`),
  ];
  return `${lines.join('\n')}\n`;
}

export const zookeeper: System = {
  name: 'zookeeper',
  durability: "a majority's fdatasync (forceSync=yes); gets after a sync",
  missing: async () => {
    const debianPackage = 'libzookeeper-java libslf4j-java default-jre-headless';
    const missing = missingFor({ program: 'java', debianPackage });
    const hasJars = existsSync(JAR) && existsSync(LOGGER);
    return await Promise.resolve(
      missing ?? (hasJars ? undefined : `no ${JAR}: apt-get install ${debianPackage}`),
    );
  },
  start: async ({ directory, nodeCount }) => {
    const ports = await freePorts(3 * nodeCount);
    const members = Array.from({ length: nodeCount }, (_, i) => ({
      id: i + 1,
      dataPath: join(directory, `zookeeper${i + 1}`),
      port: ports[i] ?? 0,
      server: `127.0.0.1:${ports[nodeCount + i] ?? 0}:${ports[2 * nodeCount + i] ?? 0}`,
    }));
    const servers = members.map(({ server }) => server);
    for (const { id, dataPath, port } of members) {
      await mkdir(dataPath);
      await writeFile(join(dataPath, 'myid'), String(id));
      await writeFile(`${dataPath}.cfg`, configOf(dataPath, port, servers));
    }
    const children = members.map(({ dataPath }) => {
      const flags = ['zookeeper.forceSync=yes', 'org.slf4j.simpleLogger.defaultLogLevel=warn'];
      const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
      const args = [...flags.map((flag) => `-D${flag}`), '-cp', `${JAR}:${LOGGER}`, main];
      return startProcess('java', [...args, `${dataPath}.cfg`], `${dataPath}.log`);
    });
    const nodes = members.map(({ id, dataPath }, i): RunningNode => {
      return { name: `zookeeper ${id}`, osPid: children[i]?.pid ?? 0, dataPath };
    });
    const leaderAt = async (): Promise<number> => {
      const modes = await Promise.allSettled(members.map(({ port }) => modeAt(port)));
      return modes.findIndex((mode) => mode.status === 'fulfilled' && mode.value === 'leader');
    };
    try {
      for (const { port } of members) {
        await untilReady('zookeeper', async () => (await modeAt(port)) !== undefined);
      }
    } catch (error) {
      await stopAll(children);
      throw error;
    }
    // Asking the leader is the fastest: a follower would pass each write on.
    const first = members[await leaderAt()] ?? members[0];
    return {
      address: String(first?.port ?? 0),
      nodes,
      leader: async () => nodes[await leaderAt()],
      stop: () => stopAll(children),
    };
  },
};
