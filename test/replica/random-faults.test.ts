/**
 * Random cuts, crashes, slow disks and repeated requests: nothing acknowledged is lost, nothing
 * takes effect twice, no read is stale, nobody stops.
 */

import { describe, expect, it } from 'vitest';

import type { Command, CommandReply } from '../../src/core/kv/command.js';
import type { ServerReplyBody } from '../../src/core/wire/client-messages.js';
import { Prng } from '../../src/core/simulator/prng.js';
import { increment, ReplicaWorld, type ReplicaNode } from '../support/replica-world.js';

const SEEDS = 30;
const STEPS = 250;
const NODE_COUNT = 3;

type ClientCommand = Exclude<Command, { kind: 'configure' }>;

/** One caller with a session: repeats a request whose outcome is unknown until it is known. */
class Caller {
  acknowledged = 0n;
  /** Negative: no session yet. */
  #sessionId = -1;
  #sequence = 1;
  #asked: { readonly node: ReplicaNode; readonly id: number } | undefined;
  #hint = 0;

  constructor(
    readonly world: ReplicaWorld,
    readonly seed: number,
    readonly prng: Prng,
  ) {}

  /** True while the current request may have taken effect without an answer. */
  isUnknown = false;

  /** `finish`: repeats what is unknown, and begins nothing new. */
  step(purpose: 'goOn' | 'finish'): void {
    const answer = this.#asked?.node.replies.get(this.#asked.id);
    if (this.#asked !== undefined && answer === undefined && !this.#asked.node.isDown) return;
    if (answer !== undefined) this.#take(answer);
    this.#asked = undefined;
    if (purpose === 'finish' && !this.isUnknown) return;
    const alive = this.world.nodes.filter((node) => !node.isDown);
    const hinted = alive.find((node) => node.pid === this.#hint);
    if (alive.length === 0) return;
    const node = hinted ?? this.prng.pick(alive);
    this.#hint = 0;
    const id = node.ask({ kind: 'execute', command: this.#command() }, 400);
    this.#asked = { node, id };
    this.isUnknown = true;
  }

  #command(): ClientCommand {
    if (this.#sessionId < 0) {
      return { kind: 'register', nonce: new Uint8Array(16).fill(this.seed) };
    }
    return {
      kind: 'request',
      sessionId: this.#sessionId,
      sequence: this.#sequence,
      operation: increment('n'),
    };
  }

  #take(answer: ServerReplyBody): void {
    if (answer.kind === 'refused') this.#hint = answer.leader;
    if (answer.kind !== 'executed') return;
    this.isUnknown = false;
    this.#executed(answer.reply);
  }

  #executed(reply: CommandReply): void {
    if (reply.kind === 'registered') this.#sessionId = reply.sessionId;
    else {
      expect(reply.kind).toBe('executed');
      this.acknowledged += 1n;
      this.#sequence += 1;
    }
  }
}

/** A linearizable read, and what had been acknowledged when it was asked. */
interface AskedRead {
  readonly node: ReplicaNode;
  readonly id: number;
  readonly atLeast: bigint;
}

function valueOf(answer: ServerReplyBody | undefined): bigint | undefined {
  if (answer?.kind !== 'value') return undefined;
  const value = answer.found?.value;
  return value?.kind === 'u64' ? value.value : 0n;
}

function disturb(world: ReplicaWorld, prng: Prng): void {
  const a = prng.int(1, NODE_COUNT);
  const b = 1 + ((a + prng.int(0, NODE_COUNT - 2)) % NODE_COUNT);
  const node = world.node(a);
  switch (prng.int(0, 7)) {
    case 0:
      if (a !== b && !node.isDown && !world.node(b).isDown) world.cut(a, b);
      break;
    case 1:
      if (world.nodes.every((each) => !each.isDown)) world.crash(a);
      break;
    case 2:
      node.disk.isFast = false;
      break;
    case 3:
      if (node.isDown) world.restart(a);
      break;
    default:
      node.disk.isFast = true;
      if (a !== b && !node.isDown && !world.node(b).isDown) world.heal(a, b);
  }
}

function run(seed: number): void {
  const prng = new Prng(String(seed));
  const world = new ReplicaWorld(NODE_COUNT);
  const callers = [1, 2, 3, 4].map((at) => new Caller(world, at, prng));
  const reads: AskedRead[] = [];
  const acknowledged = (): bigint => callers.reduce((sum, each) => sum + each.acknowledged, 0n);
  for (let step = 0; step < STEPS; step++) {
    if (prng.chance(1 / 6)) disturb(world, prng);
    for (const caller of callers) caller.step('goOn');
    if (prng.chance(1 / 4)) {
      const node = world.node(prng.int(1, NODE_COUNT));
      if (!node.isDown) reads.push({ node, id: node.get('n'), atLeast: acknowledged() });
    }
    world.ticks(prng.int(1, 12));
  }
  world.mend();
  world.until(() => {
    for (const caller of callers) caller.step('finish');
    return callers.every((caller) => !caller.isUnknown);
  });
  world.ticks(100);
  const leader = world.elect();
  const last = leader.get('n');
  world.ticks(2);
  // Every request was repeated until its outcome was known: the counter is exact.
  expect(valueOf(leader.replies.get(last))).toBe(acknowledged());
  expect(acknowledged()).toBeGreaterThan(0n);
  for (const { node, id, atLeast } of reads) {
    const seen = valueOf(node.replies.get(id));
    if (seen !== undefined) expect(seen).toBeGreaterThanOrEqual(atLeast);
  }
  for (const node of world.nodes) expect(node.fatal).toEqual([]);
  expect(new Set(world.nodes.map((node) => node.stateMachine.digest())).size).toBe(1);
}

describe('replicas under random faults', () => {
  it.each(Array.from({ length: SEEDS }, (_, at) => at + 1))(
    'seed %d: at most once, nothing lost, no stale read (H12, C4)',
    (seed) => {
      run(seed);
    },
  );
});
