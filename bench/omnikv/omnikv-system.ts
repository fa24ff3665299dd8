/**
 * A cluster of omnikv, made, started and stopped by its own command line.
 */

import toml from '@iarna/toml';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RunningNode, System } from '../system.js';

const run = promisify(execFile);
const BIN = fileURLToPath(new URL('../../../bin/run.js', import.meta.url));

interface StatusOfNode {
  readonly pid: number;
  readonly osPid: number;
  readonly role: string;
}

export const omnikv: System = {
  name: 'omnikv',
  durability: "a majority's fdatasync; gets linearizable",
  missing: async () => await Promise.resolve(undefined),
  start: async ({ directory, nodeCount }) => {
    const omnikvIn = async (...args: readonly string[]): Promise<string> => {
      const { stdout } = await run(process.execPath, [BIN, ...args, '--dir', directory]);
      return stdout;
    };
    await omnikvIn('init', '--nodes', String(nodeCount));
    await omnikvIn('start');
    const status = async (): Promise<readonly StatusOfNode[]> => {
      const answer = JSON.parse(await omnikvIn('status', '--json')) as {
        readonly nodes: readonly StatusOfNode[];
      };
      return answer.nodes;
    };
    const nodeOf = ({ pid, osPid }: StatusOfNode): RunningNode => {
      return { name: `node ${pid}`, osPid, dataPath: join(directory, `data/node${pid}`) };
    };
    const nodes = (await status()).map(nodeOf);
    return {
      address: await addressOf(directory, nodeCount),
      nodes,
      leader: async () => {
        const leader = (await status()).find(({ role }) => role === 'leader');
        return leader === undefined ? undefined : nodeOf(leader);
      },
      stop: async () => {
        await omnikvIn('stop');
      },
    };
  },
};

/** The directory of a run is short, so the sockets lie where they lie by default. */
async function addressOf(directory: string, nodeCount: number): Promise<string> {
  const marker = toml.parse(await readFile(join(directory, 'config/cluster.toml'), 'utf8'));
  const sockets = Array.from({ length: nodeCount }, (_, i) => {
    return [i + 1, join(directory, `run/node${i + 1}.sock`)] as const;
  });
  return JSON.stringify({ clusterId: marker.cluster_id, sockets });
}
