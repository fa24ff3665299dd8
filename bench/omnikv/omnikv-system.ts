/**
 * A cluster of omnikv, made, started and stopped by its own command line.
 *
 * Of this checkout, or of another one that was built: then its client is the other one's, too.
 */

import toml from '@iarna/toml';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { RunningNode, System } from '../system.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const BIN = join(ROOT, 'bin/run.js');

export interface StatusOfNode {
  readonly pid: number;
  readonly osPid: number;
  readonly role: string;
  readonly appliedIdx: number;
  readonly loopDelay?: { readonly p99Ms: number; readonly maxMs: number } | null;
}

type Omnikv = (directory: string, ...args: readonly string[]) => Promise<string>;

/** The command line of a checkout. It gives what the command wrote, and rejects where it failed. */
function commandOf(rootPath: string): Omnikv {
  return async (directory, ...args) => {
    const binPath = join(rootPath, 'bin/run.js');
    const { stdout } = await run(process.execPath, [binPath, ...args, '--dir', directory]);
    return stdout;
  };
}

export const runOmnikv = commandOf(ROOT);

export async function statusOf(
  directory: string,
  command: Omnikv = runOmnikv,
): Promise<readonly StatusOfNode[]> {
  const answer = JSON.parse(await command(directory, 'status', '--json')) as {
    readonly nodes: readonly StatusOfNode[];
  };
  return answer.nodes;
}

export const omnikv = omnikvOf('omnikv', ROOT);

/** `rootPath` is a checkout with its `dist/`. */
export function omnikvOf(name: string, rootPath: string): System {
  const command = commandOf(rootPath);
  return {
    name,
    durability: "a majority's fdatasync; gets linearizable",
    missing: async () => await Promise.resolve(undefined),
    start: async ({ directory, nodeCount }) => {
      await command(directory, 'init', '--nodes', String(nodeCount));
      await command(directory, 'start');
      const nodeOf = ({ pid, osPid }: StatusOfNode): RunningNode => {
        return { name: `node ${pid}`, osPid, dataPath: join(directory, `data/node${pid}`) };
      };
      const nodes = (await statusOf(directory, command)).map(nodeOf);
      const clientUrl = pathToFileURL(join(rootPath, 'dist/core/client/index.js')).href;
      const { clusterId, nodes: sockets } = await nodesOf(directory, nodeCount);
      return {
        address: JSON.stringify({ clientUrl, clusterId, sockets: [...sockets] }),
        nodes,
        leader: async () => {
          const leader = (await statusOf(directory, command)).find(({ role }) => role === 'leader');
          return leader === undefined ? undefined : nodeOf(leader);
        },
        stop: async () => {
          await command(directory, 'stop');
        },
      };
    },
  };
}

interface ClusterAddress {
  readonly clusterId: string;
  readonly nodes: ReadonlyMap<number, string>;
}

/** The directory of a run is short, so the sockets lie where they lie by default. */
export async function nodesOf(directory: string, nodeCount: number): Promise<ClusterAddress> {
  const marker = toml.parse(await readFile(join(directory, 'config/cluster.toml'), 'utf8'));
  const sockets = Array.from({ length: nodeCount }, (_, i) => {
    return [i + 1, join(directory, `run/node${i + 1}.sock`)] as const;
  });
  return { clusterId: marker.cluster_id as string, nodes: new Map(sockets) };
}
