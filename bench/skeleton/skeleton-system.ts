/** Starts and stops the processes of the ceiling skeleton. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stopAll } from '../processes.js';
import type { RunningNode, System } from '../system.js';

const ENTRY = fileURLToPath(new URL('./node.js', import.meta.url));

async function startNode(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [ENTRY, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

export const skeleton: System = {
  name: 'skeleton',
  durability: 'append and fdatasync on a majority, nothing agreed on, nothing recoverable',
  missing: async () => await Promise.resolve(undefined),
  start: async ({ directory, nodeCount }) => {
    const socketOf = (i: number): string => join(directory, `${i}.sock`);
    const fileOf = (i: number): string => join(directory, `${i}.log`);
    const indices = Array.from({ length: nodeCount - 1 }, (_, i) => i + 2);
    const followers = await Promise.all(
      indices.map(async (i) => await startNode(['follower', socketOf(i), fileOf(i)])),
    );
    const leader = await startNode(['leader', socketOf(1), fileOf(1), ...indices.map(socketOf)]);
    const children = [leader, ...followers];
    const nodes = children.map((child, i): RunningNode => {
      return { name: `skeleton ${i + 1}`, osPid: child.pid ?? 0, dataPath: fileOf(i + 1) };
    });
    return {
      address: socketOf(1),
      nodes,
      leader: async () => await Promise.resolve(nodes[0]),
      stop: () => stopAll(children),
    };
  },
};
