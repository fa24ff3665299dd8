/**
 * A cluster of etcd, default timings, each member behind a proxy of the harness.
 *
 * Its clients speak to one member each, over the HTTP gateway: no client's balancer or circuit
 * breaker is part of what is measured.
 */

import { join } from 'node:path';
import { missingFor } from '../peers/missing.js';
import { freePorts, startProcess, stopAll, untilReady } from '../processes.js';
import {
  CALL_DEADLINE_MS,
  VIEW_DEADLINE_MS,
  type Cluster,
  type NodeClient,
  type NodeView,
  type PartitionedSystem,
} from './cluster.js';
import { EtcdProxy } from './etcd-proxy.js';
import { hasOnlyCuts, type LinkTrouble } from './scenario.js';

interface Member {
  readonly node: number;
  readonly name: string;
  readonly clientUrl: string;
  readonly peerPort: number;
  readonly proxyPort: number;
  readonly dataPath: string;
}

/** 64-bit numbers are decimal text in the gateway's JSON. */
interface MemberStatus {
  readonly header: { readonly member_id: string };
  readonly leader?: string;
  readonly raftTerm?: string;
  readonly raftIndex?: string;
}

interface MemberList {
  readonly members: readonly { readonly ID: string; readonly name: string }[];
}

export const etcdBehindProxies: PartitionedSystem = {
  name: 'etcd',
  electionTimeoutMs: 1_000,
  hasLossAndDelay: false,
  missing: async () => {
    return await Promise.resolve(missingFor({ program: 'etcd', debianPackage: 'etcd-server' }));
  },
  start: async ({ directory, nodeCount }) => {
    const members = await membersIn(directory, nodeCount);
    const links = new CutLinks();
    const proxies = await Promise.all(
      members.map((member) => EtcdProxy.listen(links.proxy(member))),
    );
    const children = members.map((member) => startMember(member, members));
    const stop = async (): Promise<void> => {
      await stopAll(children);
      await Promise.all(proxies.map((proxy) => proxy.close()));
    };
    try {
      for (const { clientUrl } of members) await untilReady('etcd', () => isHealthy(clientUrl));
      links.learn(members, await postTo<MemberList>(members[0]!, '/v3/cluster/member/list', {}));
    } catch (error) {
      await stop();
      throw error;
    }
    return clusterOf(members, { links, proxies, stop });
  },
};

interface Parts {
  readonly links: CutLinks;
  readonly proxies: readonly EtcdProxy[];
  readonly stop: () => Promise<void>;
}

function clusterOf(members: readonly Member[], { links, proxies, stop }: Parts): Cluster {
  const memberOf = (node: number): Member => members[node - 1]!;
  return {
    nodes: members.map(({ node }) => node),
    connect: async (node) => await Promise.resolve(clientOf(memberOf(node))),
    view: async (node) => await viewOf(memberOf(node)),
    set: async (troubles) => {
      if (!hasOnlyCuts(troubles)) throw new Error('the proxies of etcd can cut and no more');
      links.set(troubles);
      for (const proxy of proxies) proxy.closeBroken();
      await Promise.resolve();
    },
    judge: async () => await Promise.resolve(undefined),
    stop,
  };
}

/** Which member ids are which nodes, and between which of them nothing goes through. */
class CutLinks {
  #cut = new Set<string>();
  readonly #nodes = new Map<string, number>();

  set(troubles: readonly LinkTrouble[]): void {
    this.#cut = new Set(troubles.map(({ from, to }) => `${from}>${to}`));
  }

  learn(members: readonly Member[], list: MemberList): void {
    for (const { ID, name } of list.members) {
      const member = members.find((each) => each.name === name);
      if (member !== undefined) this.#nodes.set(BigInt(ID).toString(16), member.node);
    }
  }

  proxy({ node, proxyPort, peerPort }: Member): Parameters<typeof EtcdProxy.listen>[0] {
    return {
      ...{ node, listenPort: proxyPort, targetPort: peerPort },
      nodeOf: (memberId) => this.#nodes.get(memberId),
      isCut: (from, to) => this.#cut.has(`${from}>${to}`),
    };
  }
}

async function membersIn(directory: string, nodeCount: number): Promise<readonly Member[]> {
  const ports = await freePorts(3 * nodeCount);
  return Array.from({ length: nodeCount }, (_, i) => ({
    node: i + 1,
    name: `etcd${i + 1}`,
    clientUrl: `http://127.0.0.1:${ports[i] ?? 0}`,
    peerPort: ports[nodeCount + i] ?? 0,
    proxyPort: ports[2 * nodeCount + i] ?? 0,
    dataPath: join(directory, `etcd${i + 1}`),
  }));
}

function startMember(member: Member, members: readonly Member[]) {
  const advertised = ({ proxyPort }: Member): string => `http://127.0.0.1:${proxyPort}`;
  const cluster = members.map((each) => `${each.name}=${advertised(each)}`).join(',');
  const args = [
    ...['--name', member.name, '--data-dir', member.dataPath, '--logger', 'zap'],
    ...['--listen-client-urls', member.clientUrl, '--log-level', 'error'],
    ...['--advertise-client-urls', member.clientUrl],
    ...['--listen-peer-urls', `http://127.0.0.1:${member.peerPort}`],
    ...['--initial-advertise-peer-urls', advertised(member)],
    ...['--initial-cluster', cluster, '--initial-cluster-state', 'new'],
  ];
  return startProcess('etcd', args, `${member.dataPath}.log`);
}

async function isHealthy(clientUrl: string): Promise<boolean> {
  const response = await fetch(`${clientUrl}/health`);
  return ((await response.json()) as { readonly health: string }).health === 'true';
}

function clientOf(member: Member): NodeClient {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return {
    put: async (key, value) => {
      const body = { key: base64(key), value: base64(String(value)) };
      return await postTo(member, '/v3/kv/put', body);
    },
    get: async (key) => await postTo(member, '/v3/kv/range', { key: base64(key) }),
    close: () => undefined,
  };
}

async function viewOf(member: Member): Promise<NodeView | undefined> {
  try {
    const { header, leader, raftTerm, raftIndex } = await postTo<MemberStatus>(
      member,
      '/v3/maintenance/status',
      {},
      VIEW_DEADLINE_MS,
    );
    return {
      node: member.node,
      isLeading: leader === header.member_id,
      round: [Number(raftTerm ?? 0)],
      decidedIdx: Number(raftIndex ?? 0),
    };
  } catch {
    return undefined;
  }
}

async function postTo<Answer>(
  { clientUrl }: Member,
  path: string,
  body: unknown,
  deadlineMs = CALL_DEADLINE_MS,
): Promise<Answer> {
  const response = await fetch(`${clientUrl}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(deadlineMs),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`etcd: ${response.status} ${text}`);
  return JSON.parse(text) as Answer;
}
