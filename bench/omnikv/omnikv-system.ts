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
export const BIN = fileURLToPath(new URL('../../../bin/run.js', import.meta.url));

export interface StatusOfNode {
  readonly pid: number;
  readonly osPid: number;
  readonly role: string;
  readonly appliedIdx: number;
  readonly loopDelay?: { readonly p99Ms: number; readonly maxMs: number } | null;
}

/** What the command wrote. Rejects where it failed. */
export async function runOmnikv(directory: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [BIN, ...args, '--dir', directory]);
  return stdout;
}

export async function statusOf(directory: string): Promise<readonly StatusOfNode[]> {
  const answer = JSON.parse(await runOmnikv(directory, 'status', '--json')) as {
    readonly nodes: readonly StatusOfNode[];
  };
  return answer.nodes;
}

export const omnikv: System = {
  name: 'omnikv',
  durability: "a majority's fdatasync; gets linearizable",
  missing: async () => await Promise.resolve(undefined),
  start: async ({ directory, nodeCount }) => {
    await runOmnikv(directory, 'init', '--nodes', String(nodeCount));
    await runOmnikv(directory, 'start');
    const nodeOf = ({ pid, osPid }: StatusOfNode): RunningNode => {
      return { name: `node ${pid}`, osPid, dataPath: join(directory, `data/node${pid}`) };
    };
    const nodes = (await statusOf(directory)).map(nodeOf);
    return {
      address: await addressOf(directory, nodeCount),
      nodes,
      leader: async () => {
        const leader = (await statusOf(directory)).find(({ role }) => role === 'leader');
        return leader === undefined ? undefined : nodeOf(leader);
      },
      stop: async () => {
        await runOmnikv(directory, 'stop');
      },
    };
  },
};

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

async function addressOf(directory: string, nodeCount: number): Promise<string> {
  const { clusterId, nodes } = await nodesOf(directory, nodeCount);
  return JSON.stringify({ clusterId, sockets: [...nodes] });
}
