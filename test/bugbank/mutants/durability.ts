/**
 * Incidents of "told before it was on the disk", in the protocol (P0 to P6).
 */

import assert from 'node:assert/strict';

import type { PromiseMessage } from '../../../src/core/omnipaxos/messages.js';
import type { Mutant } from '../mutant.js';
import { loadSteps } from './load-steps.js';

const OUTBOX = 'src/core/omnipaxos/outbox.ts';
const HOLD = 'this.#held.push({ after, message });';

export const DURABILITY_MUTANTS: readonly Mutant[] = [
  {
    id: 1,
    title: 'a Promise leaves before the promise is synced',
    takenFrom: 'openraft, io_ordering',
    edits: [
      {
        file: OUTBOX,
        find: HOLD,
        replace: `this.#held.push({ after: body.kind === 'promise' ? 0 : after, message });`,
      },
    ],
    async kill(load) {
      const { StepNode, ballot, prepare } = await loadSteps(load);
      const node = new StepNode({ flushes: 'whenTold' });
      node.receive(1, prepare(ballot(1, 1)));
      assert.equal(node.sentOf('promise').length, 0);
      node.flush();
      assert.equal(node.sentOf('promise').length, 1);
    },
  },
  {
    id: 2,
    title: 'an Accepted leaves before the entries are synced',
    takenFrom: 'NATS #7564',
    edits: [
      {
        file: OUTBOX,
        find: HOLD,
        replace: `this.#held.push({ after: body.kind === 'accepted' ? 0 : after, message });`,
      },
    ],
    async kill(load) {
      const { StepNode, ballot, acceptDecide } = await loadSteps(load);
      const n = ballot(1, 1);
      const node = new StepNode({ flushes: 'whenTold' }).follow(n);
      node.receive(1, acceptDecide(n, 0, ['a']));
      assert.equal(node.sentOf('accepted').length, 0);
      node.flush();
      assert.equal(node.sentOf('accepted').length, 1);
    },
  },
  {
    id: 3,
    title: 'a leader counts its own accept before its own sync',
    takenFrom: 'etcd #14370',
    edits: [
      {
        file: 'src/core/omnipaxos/leader.ts',
        find: `this.#context.log.append(entries, this.#context.log.decidedIdx);`,
        replace: `this.#context.log.append(entries, this.#context.log.decidedIdx);
    this.handleAccepted(this.#context.pid, this.ballot, this.#context.log.acceptedIdx);`,
      },
    ],
    async kill(load) {
      const { StepNode } = await loadSteps(load);
      const node = new StepNode();
      const n = node.lead();
      node.flushes = 'whenTold';
      node.append('a').receive(1, { kind: 'accepted', n, acceptedIdx: 1 });
      assert.equal(node.decidedIdx, 0);
      node.flush();
      assert.equal(node.decidedIdx, 1);
    },
  },
  {
    id: 4,
    title: 'accepted round and log suffix are two records',
    takenFrom: 'P4: between them stands a log under a round it was not accepted in',
    edits: [
      {
        file: 'src/core/omnipaxos/replicated-log.ts',
        find: `    this.#submit([
      { kind: 'appendOnPrefix', fromIdx: sync.cutIdx, entries: sync.entries },
      { kind: 'setAcceptedRound', ballot: round },`,
        replace: `    this.#submit([{ kind: 'setAcceptedRound', ballot: round }]);
    this.#submit([
      { kind: 'appendOnPrefix', fromIdx: sync.cutIdx, entries: sync.entries },`,
      },
    ],
    async kill(load) {
      const { StepNode, ballot, prepare, acceptSync } = await loadSteps(load);
      const [old, n] = [ballot(1, 1), ballot(2, 3)];
      const node = new StepNode({ flushes: 'whenTold' }).follow(old, ['a', 'b']);
      node.receive(3, prepare(n)).flush();
      node.receive(3, acceptSync(n, 0, ['x', 'y', 'z']));
      const after = node.startFlush().restart({ keepCount: 1 });
      const isNew = after.omniPaxos.status().acceptedRound.n === n.n;
      assert.deepEqual(after.log, isNew ? ['x', 'y', 'z'] : ['a', 'b']);
    },
  },
  {
    id: 5,
    title: 'the decided index is persisted ahead of the entries it stands on',
    takenFrom: 'rabbitmq/ra #562',
    unseenBySimulator:
      'the storage clamps a decided index to the entries that are there (P6), so nothing comes of it',
    edits: [
      {
        file: 'src/core/omnipaxos/replicated-log.ts',
        find: `this.#submit([{ kind: 'appendOnPrefix', fromIdx, entries }, this.#decidedOperation()]);`,
        replace: `this.#submit([this.#decidedOperation()]);
    this.#submit([{ kind: 'appendOnPrefix', fromIdx, entries }]);`,
      },
    ],
    async kill(load) {
      const { StepNode, ballot, acceptDecide } = await loadSteps(load);
      const n = ballot(1, 1);
      const node = new StepNode({ flushes: 'whenTold' }).follow(n);
      node.receive(1, acceptDecide(n, 0, ['a'], 1));
      for (const batch of node.storage.batches) {
        const isLone = batch.length === 1 && batch[0]?.kind === 'setDecidedIdx';
        assert.ok(!isLone, 'a decided index without its entries');
      }
    },
  },
  {
    id: 33,
    title: 'a large AcceptSync goes in chunks, and the first one sets the accepted round',
    takenFrom: 'P4',
    unseenBySimulator:
      'not in 500 seeds: it takes a death between two chunks, and a leader that then trusts the first',
    edits: [
      {
        file: 'src/core/omnipaxos/leader.ts',
        find: `const endIdx = Math.max(firstIdx, this.#adopted.length);`,
        replace: `const endIdx = Math.min(firstIdx + 1, Math.max(firstIdx, this.#adopted.length));`,
      },
    ],
    async kill(load) {
      const { StepNode, ballot } = await loadSteps(load);
      const node = new StepNode();
      const entries = ['a', 'b', 'c'];
      const suffix = { firstIdx: 0, entries };
      const held = { acceptedRound: ballot(1, 1), acceptedIdx: 3, suffix };
      node.lead(
        new Map<number, Partial<PromiseMessage<string>>>([
          [1, held],
          [3, {}],
        ]),
      );
      const [sync] = node.sentOf('acceptSync', 3);
      assert.deepEqual(sync?.entries, entries);
    },
  },
  {
    id: 34,
    title: 'a duplicate Prepare is answered at once, before the first promise is durable',
    takenFrom: 'P0: who wrote nothing still waits for what others wrote',
    edits: [
      {
        file: 'src/core/omnipaxos/follower.ts',
        find: `    this.#sendPromise();
    return order > 0;`,
        replace: `    this.#sendPromise(order === 0);
    return order > 0;`,
      },
      {
        file: 'src/core/omnipaxos/follower.ts',
        find: `  #sendPromise(): void {`,
        replace: `  #sendPromise(isRepeated = false): void {`,
      },
      {
        file: 'src/core/omnipaxos/follower.ts',
        find: `    sendContent(this.#context, promise.pid, {
      kind: 'promise',`,
        replace: `    const send = isRepeated
      ? (context, to, body) => context.outbox.send(to, body, 0)
      : sendContent;
    send(this.#context, promise.pid, {
      kind: 'promise',`,
      },
    ],
    async kill(load) {
      const { StepNode, ballot, prepare } = await loadSteps(load);
      const node = new StepNode({ flushes: 'whenTold' });
      node.receive(1, prepare(ballot(1, 1)));
      node.receive(1, prepare(ballot(1, 1)));
      assert.equal(node.sentOf('promise').length, 0);
    },
  },
];
