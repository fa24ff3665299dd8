/**
 * Incidents of logs that were cut, shifted, counted or decided wrongly.
 */

import assert from 'node:assert/strict';

import type * as Ballots from '../../../src/core/omnipaxos/ballot.js';
import type { Mutant } from '../mutant.js';
import { loadSteps } from './load-steps.js';

const FOLLOWER = 'src/core/omnipaxos/follower.ts';
const PARTICIPANT = 'src/core/omnipaxos/participant.ts';
const REPLICATED_LOG = 'src/core/omnipaxos/replicated-log.ts';

export const REPLICATION_MUTANTS: readonly Mutant[] = [
  {
    id: 22,
    title: 'an AcceptDecide that begins beyond the log is appended instead of asked for',
    takenFrom: 'omnipaxos, reconnect tests',
    edits: [
      {
        file: FOLLOWER,
        find: `    if (message.firstIdx > log.acceptedIdx) {
      this.#decide(message.decidedIdx);
      this.#askAboutGap();
      return;
    }
    const entries = message.entries.slice(log.acceptedIdx - message.firstIdx);`,
        replace: `    const entries = message.entries.slice(Math.max(0, log.acceptedIdx - message.firstIdx));`,
      },
    ],
    async kill(load) {
      const { StepNode, ballot, acceptDecide } = await loadSteps(load);
      const n = ballot(1, 1);
      const node = new StepNode().follow(n, ['a']);
      node.receive(1, acceptDecide(n, 2, ['c']));
      assert.deepEqual(node.log, ['a']);
    },
  },
  {
    id: 23,
    title: 'an AcceptDecide with an older first index shortens the log',
    takenFrom: 'found in a minimal model: progress stopped for ever',
    edits: [
      {
        file: FOLLOWER,
        find: `    const entries = message.entries.slice(log.acceptedIdx - message.firstIdx);`,
        replace: `    if (message.firstIdx < log.acceptedIdx && message.firstIdx >= log.decidedIdx) {
      const { firstIdx: cutIdx, entries: again, decidedIdx } = message;
      log.acceptRound(message.n, { cutIdx, entries: again, decidedIdx });
      this.#sendAccepted();
      return;
    }
    const entries = message.entries.slice(log.acceptedIdx - message.firstIdx);`,
      },
    ],
    async kill(load) {
      const { StepNode, ballot, acceptDecide } = await loadSteps(load);
      const n = ballot(1, 1);
      const node = new StepNode().follow(n, ['a', 'b', 'c']);
      node.receive(1, acceptDecide(n, 0, ['a']));
      assert.deepEqual(node.log, ['a', 'b', 'c']);
    },
  },
  {
    id: 30,
    title: 'a follower decides beyond its own accepted length',
    takenFrom: 'omnipaxos, follower.rs clamps it',
    edits: [
      {
        file: FOLLOWER,
        find: `log.decide(Math.min(decidedIdx, log.acceptedIdx));`,
        replace: `log.decide(decidedIdx);`,
      },
    ],
    async kill(load) {
      const { StepNode, ballot } = await loadSteps(load);
      const n = ballot(1, 1);
      const node = new StepNode().follow(n, ['a']);
      node.receive(1, { kind: 'decide', n, decidedIdx: 5 });
      assert.equal(node.decidedIdx, 1);
    },
  },
  {
    id: 36,
    title: "a heartbeat's decided length is used under another accepted round",
    takenFrom: 'H5',
    edits: [
      {
        file: FOLLOWER,
        find: `if (order !== 0 || !log.isSynced) return;`,
        replace: `if (order !== 0) return;`,
      },
    ],
    async kill(load) {
      const { StepNode, ballot, prepare } = await loadSteps(load);
      const n = ballot(2, 3);
      const node = new StepNode().follow(ballot(1, 1), ['a', 'b']);
      node.receive(3, prepare(n));
      const progress = { n, acceptedIdx: 2, decidedIdx: 2 };
      node.receive(3, { kind: 'heartbeatRequest', round: 1, decidedIdx: 2, progress });
      assert.equal(node.decidedIdx, 0);
    },
  },
  {
    id: 37,
    title: 'installing decided entries drops the accepted suffix behind them',
    takenFrom: 'X3: it may have been counted for a quorum',
    edits: [
      {
        file: REPLICATED_LOG,
        find: `      operations.push({ kind: 'appendOnPrefix', fromIdx, entries });
    }`,
        replace: `      operations.push({ kind: 'appendOnPrefix', fromIdx, entries });
    } else if (endIdx < this.#acceptedIdx) {
      this.#appendOnPrefix(endIdx, []);
      operations.push({ kind: 'appendOnPrefix', fromIdx: endIdx, entries: [] });
    }`,
      },
    ],
    async kill(load) {
      const { StepNode, ballot, decidedEntries } = await loadSteps(load);
      const n = ballot(1, 1);
      const node = new StepNode().follow(n, ['a', 'b', 'c']);
      node.receive(3, decidedEntries(n, 0, ['a']));
      assert.deepEqual(node.log, ['a', 'b', 'c']);
    },
  },
  {
    id: 38,
    title: 'a stale leader installs decided entries and goes on leading',
    takenFrom: 'X2',
    edits: [
      {
        file: PARTICIPANT,
        find: `if (isNewer && this.#leader !== undefined) {`,
        replace: `if (isNewer && this.#leader === null) {`,
      },
    ],
    async kill(load) {
      const { StepNode, ballot, decidedEntries } = await loadSteps(load);
      const node = new StepNode();
      node.lead();
      node.append('mine');
      node.receive(3, decidedEntries(ballot(9, 3), 0, ['theirs']));
      assert.equal(node.omniPaxos.status().role, 'follower');
    },
  },
  {
    id: 43,
    title: 'losing its quorum, a leader clears what it had not decided',
    takenFrom: 'H11: it may be chosen, now or later',
    edits: [
      {
        file: PARTICIPANT,
        find: `    if (!hasQuorum) this.#readOutcomes.push(...this.#reads.failAll('OMNIKV_NO_QUORUM'));`,
        replace: `    if (!hasQuorum) {
      this.#readOutcomes.push(...this.#reads.failAll('OMNIKV_NO_QUORUM'));
      const { log } = this.#context;
      const { decidedIdx } = log;
      log.acceptRound(leader.ballot, { cutIdx: decidedIdx, entries: [], decidedIdx });
    }`,
      },
    ],
    async kill(load) {
      const { StepNode, ELECTION_TICKS } = await loadSteps(load);
      const node = new StepNode();
      node.leadAndBeReady();
      node.append('a');
      node.tick(3 * ELECTION_TICKS);
      assert.ok(node.events.some(({ kind }) => kind === 'quorumLost'));
      assert.deepEqual(node.log, ['a']);
      assert.equal(node.omniPaxos.status().role, 'leader');
    },
  },
  {
    id: 45,
    title: "a deposed leader's heartbeat still shows its log under the ballot of the election",
    takenFrom: 'H5',
    edits: [
      {
        file: PARTICIPANT,
        find: `sendHeartbeatRequests(this.#context, this.#leader?.progress);`,
        replace: `const { election, log } = this.#context;
    const { acceptedIdx, decidedIdx } = log;
    const n = election.ballot;
    sendHeartbeatRequests(this.#context, n.n > 0 ? { n, acceptedIdx, decidedIdx } : undefined);`,
      },
    ],
    async kill(load) {
      const { StepNode, ELECTION_TICKS, ballot, prepare, acceptSync } = await loadSteps(load);
      const node = new StepNode();
      node.lead();
      node.append('mine');
      const n = ballot(9, 3);
      node.receive(3, prepare(n)).receive(3, acceptSync(n, 0, ['theirs', 'too'], 2));
      node.allSent();
      node.tick(ELECTION_TICKS + 1);
      const requests = node.sentOf('heartbeatRequest');
      assert.ok(requests.length > 0);
      for (const { progress } of requests) assert.equal(progress, undefined);
    },
  },
  {
    id: 46,
    title: 'an AcceptDecide is taken on the accepted round alone, the promise not looked at',
    takenFrom: 'L5',
    edits: [
      {
        file: FOLLOWER,
        find: `    if (!this.#isPromised(from, n, decidedIdx)) return false;
    if (this.#context.log.isSynced) return true;`,
        replace: `    if (ballotsEqual(n, this.#context.log.acceptedRound)) return true;
    if (!this.#isPromised(from, n, decidedIdx)) return false;`,
      },
      {
        file: REPLICATED_LOG,
        find: `assert(this.isSynced, 'entries are appended only in the promised and accepted round');`,
        replace: ``,
      },
    ],
    async kill(load) {
      const { StepNode, ballot, prepare, acceptDecide } = await loadSteps(load);
      const old = ballot(1, 1);
      const node = new StepNode().follow(old, ['a']);
      node.receive(3, prepare(ballot(2, 3)));
      node.receive(1, acceptDecide(old, 1, ['b']));
      assert.deepEqual(node.log, ['a']);
    },
  },
  {
    id: 48,
    title: "decided transfer carries the source's bare promise",
    takenFrom: 'X1: the ballot of a dead candidate deposes a healthy leader',
    unseenBySimulator: 'what it costs is an election too many, and no invariant counts elections',
    edits: [
      {
        file: 'src/core/omnipaxos/decided-transfer.ts',
        find: `const { decidedIdx, decidedRound } = log;`,
        replace: `const { decidedIdx, promise: decidedRound } = log;`,
      },
    ],
    async kill(load) {
      const { StepNode, ballot, prepare } = await loadSteps(load);
      const n = ballot(1, 1);
      const node = new StepNode().follow(n, ['a'], 1);
      node.receive(3, prepare(ballot(9, 3)));
      node.receive(3, { kind: 'decidedRequest', fromIdx: 0 });
      const [sent] = node.sentOf('decidedEntries');
      assert.deepEqual(sent?.decidedRound, n);
    },
  },
  {
    id: 49,
    title: 'ballots are ordered without the configuration id',
    takenFrom: 'E1',
    unseenBySimulator: 'one configuration is all that this version has',
    edits: [
      {
        file: 'src/core/omnipaxos/ballot.ts',
        find: `a.configurationId - b.configurationId || a.n - b.n`,
        replace: `a.n - b.n`,
      },
    ],
    async kill(load) {
      const { compareBallots } = await load<typeof Ballots>('src/core/omnipaxos/ballot.ts');
      const older = { configurationId: 1, n: 7, priority: 0, pid: 1 };
      const newer = { configurationId: 2, n: 1, priority: 0, pid: 1 };
      assert.ok(compareBallots(newer, older) > 0);
    },
  },
];
