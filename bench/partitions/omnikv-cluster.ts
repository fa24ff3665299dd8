/**
 * A cluster of omnikv, default timings: real processes, started by the command line; links are cut
 * as `omnikv cut` does it, through `run/links.json`, but without a process for each command, so that
 * all of a pattern's links are cut at once.
 */

import { execFile } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, recordHistory, type Client } from 'omnikv/client';
import { BIN, nodesOf, omnikv } from '../omnikv/omnikv-system.js';
import {
  CALL_DEADLINE_MS,
  VIEW_DEADLINE_MS,
  type Cluster,
  type NodeView,
  type PartitionedSystem,
} from './cluster.js';
import { linksFileOf, roundOf } from './links-file.js';
import type { LinkTrouble } from './scenario.js';
import { SharedHistory } from './shared-history.js';

/** Writes that are under way at one node at once, those of the probe included. */
const MAX_SESSIONS = 256;
const CHECK_DEADLINE = '2m';

export const partitionedOmnikv: PartitionedSystem = {
  name: 'omnikv',
  electionTimeoutMs: 300,
  hasLossAndDelay: true,
  missing: async () => await Promise.resolve(undefined),
  start: async ({ directory, nodeCount, historyPath }) => {
    const running = await omnikv.start({ directory, nodeCount });
    const address = await nodesOf(directory, nodeCount);
    const admin = connect({ ...address, deadlineMs: VIEW_DEADLINE_MS });
    const history = new SharedHistory(historyPath, nodeCount);
    const nodes = [...address.nodes.keys()];
    const cluster: Cluster = {
      nodes,
      connect: async (node) => {
        const one = connect({
          clusterId: address.clusterId,
          nodes: new Map([[node, address.nodes.get(node) ?? '']]),
          deadlineMs: CALL_DEADLINE_MS,
          maxSessions: MAX_SESSIONS,
        });
        return await Promise.resolve(recordHistory(one, history.recording(node - 1)));
      },
      view: (node) => viewOf(admin, node),
      set: async (troubles) => {
        await writeLinks(directory, troubles);
        await Promise.all(nodes.map((node) => admin.reloadFaults(node)));
      },
      judge: async () => {
        history.close();
        return await check(historyPath);
      },
      stop: async () => {
        admin.close();
        history.close();
        await running.stop();
      },
    };
    return cluster;
  },
};

async function viewOf(admin: Client, node: number): Promise<NodeView | undefined> {
  try {
    const { isServing, promise, decidedIdx } = await admin.status(node);
    return { node, isLeading: isServing, round: roundOf(promise), decidedIdx };
  } catch {
    return undefined;
  }
}

/** Whole or not at all: a node may read it at any time. */
async function writeLinks(directory: string, troubles: readonly LinkTrouble[]): Promise<void> {
  const path = join(directory, 'run/links.json');
  await writeFile(`${path}.new`, linksFileOf(troubles));
  await rename(`${path}.new`, path);
}

/** VALID, INVALID or UNDECIDED, as `omnikv check` says it: by its exit status. */
async function check(historyPath: string): Promise<string> {
  const args = [BIN, 'check', historyPath, '--timeout', CHECK_DEADLINE];
  return await new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout) => {
      const word = /^(VALID|INVALID|UNDECIDED)\b/m.exec(stdout)?.[1];
      resolve(word ?? `not checked: ${error?.message ?? stdout}`);
    });
  });
}
