/** etcd, with its default timings and with short ones. */

import { join } from 'node:path';
import { freePorts, startProcess, stopAll, untilReady } from '../processes.js';
import type { RunningNode, System } from '../system.js';
import { missingFor } from './missing.js';

interface Status {
  readonly header: { readonly member_id: string };
  /** The member id of the leader; "0" or nothing where there is none. */
  readonly leader?: string;
}

async function statusAt(url: string): Promise<Status> {
  const response = await fetch(`${url}/v3/maintenance/status`, { method: 'POST', body: '{}' });
  return (await response.json()) as Status;
}

/** True where a linearizable read is served. */
async function isHealthy(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health`);
  const answer = (await response.json()) as { readonly health: string };
  return answer.health === 'true';
}

function etcdWith(name: string, timings: readonly string[]): System {
  return {
    name,
    durability: `a majority's fdatasync; gets linearizable${timings.map((t) => ` ${t}`).join('')}`,
    missing: async () => {
      const needs = { program: 'etcd', debianPackage: 'etcd-server', clientPackage: 'etcd3' };
      return await Promise.resolve(missingFor(needs));
    },
    start: async ({ directory, nodeCount }) => {
      const ports = await freePorts(2 * nodeCount);
      const members = Array.from({ length: nodeCount }, (_, i) => ({
        name: `etcd${i + 1}`,
        dataPath: join(directory, `etcd${i + 1}`),
        clientUrl: `http://127.0.0.1:${ports[i] ?? 0}`,
        peerUrl: `http://127.0.0.1:${ports[nodeCount + i] ?? 0}`,
      }));
      const cluster = members.map((member) => `${member.name}=${member.peerUrl}`).join(',');
      const children = members.map((member) => {
        const args = [
          ...['--name', member.name, '--data-dir', member.dataPath, '--logger', 'zap'],
          ...['--listen-client-urls', member.clientUrl, '--log-level', 'error'],
          ...['--advertise-client-urls', member.clientUrl],
          ...['--listen-peer-urls', member.peerUrl],
          ...['--initial-advertise-peer-urls', member.peerUrl],
          ...['--initial-cluster', cluster, '--initial-cluster-state', 'new'],
          ...timings,
        ];
        return startProcess('etcd', args, `${member.dataPath}.log`);
      });
      const nodes = members.map((member, i): RunningNode => {
        const { name: memberName, dataPath, clientUrl } = member;
        return { name: memberName, osPid: children[i]?.pid ?? 0, dataPath, address: clientUrl };
      });
      const leaderAt = async (): Promise<number> => {
        const answers = await Promise.allSettled(members.map((m) => statusAt(m.clientUrl)));
        return answers.findIndex(
          (answer) =>
            answer.status === 'fulfilled' && answer.value.leader === answer.value.header.member_id,
        );
      };
      try {
        for (const { clientUrl } of members) await untilReady(name, () => isHealthy(clientUrl));
      } catch (error) {
        await stopAll(children);
        throw error;
      }
      // Asking the leader is the fastest: a follower would pass each call on.
      const first = members[await leaderAt()] ?? members[0];
      return {
        address: first?.clientUrl ?? '',
        nodes,
        leader: async () => nodes[await leaderAt()],
        stop: () => stopAll(children),
      };
    },
  };
}

export const etcd = etcdWith('etcd', []);
export const etcdTuned = etcdWith('etcd-tuned', [
  ...['--heartbeat-interval', '10'],
  ...['--election-timeout', '100'],
]);
