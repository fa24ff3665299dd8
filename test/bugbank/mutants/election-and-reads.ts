/**
 * Incidents of elections that never ended, and of reads that missed an acknowledged write.
 */

import assert from 'node:assert/strict';

import type * as ClusterModule from '../../support/cluster.js';
import type { Load, Mutant } from '../mutant.js';
import { loadSteps } from './load-steps.js';

const PARTICIPANT = 'src/core/omnipaxos/participant.ts';
const READS = 'src/core/omnipaxos/reads.ts';

/** A leader that adopted two entries which no quorum has accepted under it yet. */
async function assertReadWaitsForReadiness(load: Load): Promise<void> {
  const { StepNode, ballot } = await loadSteps(load);
  const node = new StepNode();
  const suffix = { firstIdx: 0, entries: ['a', 'b'] };
  const n = node.lead(new Map([[1, { acceptedRound: ballot(1, 1), acceptedIdx: 2, suffix }]]));
  node.input(() => node.omniPaxos.requestRead(7));
  assert.equal(node.sentOf('readRequest').length, 0);
  node.receive(1, { kind: 'readConfirmation', n, round: 1 });
  assert.deepEqual(node.omniPaxos.takeReadyReads(), []);
  node.receive(1, { kind: 'accepted', n, acceptedIdx: 2 });
  assert.equal(node.sentOf('readRequest').length, 2);
}

export const ELECTION_AND_READ_MUTANTS: readonly Mutant[] = [
  {
    id: 17,
    title: 'a leader that was paused serves a read from what it believes',
    takenFrom: 'etcd #20418',
    edits: [
      {
        file: READS,
        find: `return this.#quorum.isAcceptQuorum(count);`,
        replace: `return count > 0;`,
      },
    ],
    async kill(load) {
      const { StepNode } = await loadSteps(load);
      const node = new StepNode();
      const n = node.leadAndBeReady();
      node.input(() => node.omniPaxos.requestRead(7));
      assert.deepEqual(node.omniPaxos.takeReadyReads(), []);
      node.receive(1, { kind: 'readConfirmation', n, round: 1 });
      assert.equal(node.omniPaxos.takeReadyReads().length, 1);
    },
  },
  {
    id: 21,
    title: 'a heartbeat passes on the largest ballot its sender has seen',
    takenFrom: 'omnipaxos issue #1',
    edits: [
      {
        file: 'src/core/omnipaxos/heartbeats.ts',
        find: `ballot: election.ballot,`,
        replace: `ballot: election.leader.n > election.ballot.n ? election.leader : election.ballot,`,
      },
    ],
    async kill(load) {
      const { Cluster } = await load<typeof ClusterModule>('test/support/cluster.ts');
      const cluster = new Cluster({ seed: 'gossip', nodes: 3 });
      const leader = cluster.waitForLeader();
      // Until all three follow it, and are happy.
      cluster.runFor(1_000);
      cluster.crash(leader.pid);
      cluster.waitForLeader({ except: leader.pid, withinMs: 5_000 });
    },
  },
  {
    id: 31,
    title: 'a new leader answers a read before its inherited suffix is decided',
    takenFrom: 'Q4; etcd-io/raft guards it',
    edits: [
      {
        file: 'src/core/omnipaxos/leader.ts',
        find: `return this.#isReady;`,
        replace: `return this.#phase === 'accept';`,
      },
    ],
    kill: assertReadWaitsForReadiness,
  },
  {
    id: 32,
    title: "a new leader's Prepare phase counts the wrong flexible quorum",
    // A read that a prepare quorum confirms is no bug: it meets every accept quorum, too.
    takenFrom: 'omnipaxos, util.rs quorums',
    edits: [
      {
        file: 'src/core/omnipaxos/leader.ts',
        find: `if (!quorum.isPrepareQuorum(promiseCount)) return;`,
        replace: `if (!quorum.isAcceptQuorum(promiseCount)) return;`,
      },
    ],
    async kill(load) {
      const { StepNode, promise } = await loadSteps(load);
      const flexibleQuorum = { readQuorumSize: 4, writeQuorumSize: 2 };
      const node = new StepNode({ peers: [1, 3, 4, 5], protocol: { flexibleQuorum } });
      const n = node.takeOver();
      for (const pid of [1, 3]) node.receive(pid, promise(n));
      assert.equal(node.omniPaxos.status().phase, 'prepare');
      node.receive(4, promise(n));
      assert.equal(node.omniPaxos.status().phase, 'accept');
    },
  },
  {
    id: 41,
    title: 'a heartbeat counts as a confirmation of a read',
    takenFrom: 'Q2',
    edits: [
      {
        file: PARTICIPANT,
        find: `    this.#context.election.handleReply(from, reply);`,
        replace: `    this.#context.election.handleReply(from, reply);
    if (this.#leader !== undefined && ballotsEqual(reply.leader, this.#leader.ballot)) {
      this.#reads.confirm(from, this.#reads.openRound ?? 0);
    }`,
      },
    ],
    async kill(load) {
      const { StepNode, ELECTION_TICKS } = await loadSteps(load);
      const node = new StepNode();
      const n = node.leadAndBeReady();
      node.input(() => node.omniPaxos.requestRead(7));
      node.tickFollowed(ELECTION_TICKS + 2, n);
      assert.deepEqual(node.omniPaxos.takeReadyReads(), []);
    },
  },
  {
    id: 47,
    title: 'a read notes the decided length before the leader is ready',
    takenFrom: 'Q4',
    unseenBySimulator: 'the replica asks the protocol only once it is ready: a second guard',
    edits: [
      {
        file: PARTICIPANT,
        find: `    if (!leader.isReady) return;`,
        replace: ``,
      },
    ],
    kill: assertReadWaitsForReadiness,
  },
];
