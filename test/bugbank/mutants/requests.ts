/**
 * Incidents of requests that were executed twice, or judged too early.
 */

import assert from 'node:assert/strict';

import type * as Kv from '../../../src/core/kv/index.js';
import type { Command, Operation } from '../../../src/core/kv/command.js';
import type * as ReplicaWorldModule from '../../support/replica-world.js';
import type { Load, Mutant } from '../mutant.js';

const SESSIONS = 'src/core/kv/sessions.ts';

const INCREMENT: Operation = { kind: 'increment', key: 'n', by: 1n };

/** Applies the commands after limits for `sessionLimit` sessions; gives the counter. */
async function counterAfter(
  load: Load,
  commands: readonly Command[],
  sessionLimit = 8,
): Promise<bigint> {
  const { KvStateMachine } = await load<typeof Kv>('src/core/kv/index.ts');
  const machine = new KvStateMachine();
  machine.apply(0, { kind: 'configure', sessionLimit, oneShotLimit: 8 });
  for (const command of commands) machine.apply(machine.appliedIdx, command);
  const found = machine.get('n')?.value;
  return found?.kind === 'u64' ? found.value : 0n;
}

function register(seed: number): Command {
  return { kind: 'register', nonce: new Uint8Array(16).fill(seed) };
}

export const REQUEST_MUTANTS: readonly Mutant[] = [
  {
    id: 19,
    title: 'a forwarded proposal that was repeated is applied twice',
    takenFrom: 'omnipaxos #136',
    edits: [
      {
        file: 'src/core/kv/kv-state-machine.ts',
        find: `const verdict = tables.sessions.judge(command.sessionId, command.sequence);`,
        replace: `const verdict = tables.sessions.judge(command.sessionId, command.sequence);
        if (verdict.kind === 'answered' && verdict.reply.kind === 'executed') {
          this.#store.execute(command.operation, index);
        }`,
      },
    ],
    async kill(load) {
      const request: Command = { kind: 'request', sessionId: 1, sequence: 1, operation: INCREMENT };
      assert.equal(await counterAfter(load, [register(1), request, request]), 1n);
    },
  },
  {
    id: 20,
    title: 'a request of an evicted session is silently executed again',
    takenFrom: 'TigerBeetle, sessions.md',
    edits: [
      {
        file: SESSIONS,
        find: `if (session === undefined) return { kind: 'answered', reply: EXPIRED };`,
        replace: `if (session === undefined) {
      if (this.#byId.size >= this.#limit) this.#evict();
      const again = {
        ...{ id: sessionId, nonce: \`again \${sessionId}\`, lastSequence: sequence - 1 },
        ...{ lastReply: undefined, lastCommittedIdx: 0 },
      };
      this.#byId.set(sessionId, again);
      return { kind: 'execute', session: again };
    }`,
      },
    ],
    async kill(load) {
      const request: Command = { kind: 'request', sessionId: 1, sequence: 1, operation: INCREMENT };
      const commands = [register(1), request, register(2), register(3), request];
      assert.equal(await counterAfter(load, commands, 2), 1n);
    },
  },
  {
    id: 40,
    title: 'a gap is judged before apply, from a state that lags behind the log',
    takenFrom: 'K2',
    unseenBySimulator:
      'a client has one request in flight on a session, so its next one is never ahead of apply',
    edits: [
      {
        file: SESSIONS,
        find: `    const session = this.#byId.get(sessionId);
    return session?.lastSequence === sequence ? session.lastReply : undefined;`,
        replace: `    const verdict = this.judge(sessionId, sequence);
    return verdict.kind === 'answered' ? verdict.reply : undefined;`,
      },
    ],
    async kill(load) {
      const { ReplicaWorld } = await load<typeof ReplicaWorldModule>(
        'test/support/replica-world.ts',
      );
      const world = new ReplicaWorld(3);
      const leader = world.elect();
      const registered = leader.register(1);
      world.settle();
      const reply = leader.replies.get(registered);
      assert.ok(reply?.kind === 'executed' && reply.reply.kind === 'registered');
      const { sessionId } = reply.reply;
      const asked = [1, 2].map((sequence) => leader.request(sessionId, sequence, INCREMENT));
      world.settle();
      for (const id of asked) {
        const answer = leader.replies.get(id);
        assert.ok(answer?.kind === 'executed', 'answered by apply');
        assert.equal(answer.reply.kind, 'executed');
      }
    },
  },
  {
    id: 50,
    title: 'a one-shot executes and is forgotten; its frame is sent again',
    takenFrom: 'K6',
    edits: [
      {
        file: 'src/core/kv/one-shots.ts',
        find: `    return oneShot.reply;`,
        replace: `    this.#byNonce.delete(nonce);
    return oneShot.reply;`,
      },
    ],
    async kill(load) {
      const nonce = new Uint8Array(16).fill(7);
      const oneShot: Command = { kind: 'oneShot', nonce, floorIdx: 1, operation: INCREMENT };
      assert.equal(await counterAfter(load, [oneShot, oneShot]), 1n);
    },
  },
];
