/**
 * Proposals on their way: forwarding, batching, bounds. H12, H14, L1, R2.
 */

import { describe, expect, test } from 'vitest';
import {
  acceptDecide,
  acceptSync,
  ballot,
  ELECTION_TICKS,
  prepare,
  promise,
  StepNode,
} from '../../support/step-node.js';

const n1 = ballot(1, 1);
const MiB = 1024 * 1024;
const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;

describe('H12: the core never repeats a proposal', () => {
  test('a follower forwards it once, to its leader', () => {
    const node = new StepNode().follow(n1);
    node.append('a', 'b');
    expect(node.sentMessages()).toMatchObject([
      { to: 1, body: { kind: 'proposalForward', entries: ['a', 'b'] } },
    ]);
    node.tick(100).receive(1, acceptDecide(n1, 0, ['a']));
    expect(node.sentOf('proposalForward')).toEqual([]);
  });

  test('what waited for a leader is forwarded once a leader is known', () => {
    const node = new StepNode();
    node
      .append('a', 'b')
      .receive(1, prepare(n1))
      .receive(1, acceptSync(n1, 0, []))
      .tick();
    const entries = node.sentOf('proposalForward', 1).flatMap((body) => body.entries);
    expect(entries).toEqual(['a', 'b']);
  });

  test('a node that does not lead drops what is forwarded to it', () => {
    const node = new StepNode().follow(n1);
    node.receive(3, { kind: 'proposalForward', entries: ['a'] }).tick(5);
    expect(node.sentOf('proposalForward')).toEqual([]);
    expect(node.log).toEqual([]);
  });

  test('a leader proposes what is forwarded to it', () => {
    const node = new StepNode();
    node.lead();
    node.receive(3, { kind: 'proposalForward', entries: ['a', 'b'] });
    expect(node.log).toEqual(['a', 'b']);
  });

  test('what waited during Prepare is proposed after what was adopted', () => {
    const node = new StepNode();
    const n = node.takeOver();
    node.append('new');
    const suffix = { firstIdx: 0, entries: ['old'] };
    node.receive(1, promise(n, { acceptedRound: n1, acceptedIdx: 1, suffix })).tick();
    expect(node.log).toEqual(['old', 'new']);
  });
});

describe('H14: batching is the leader’s', () => {
  const protocol = { batchSize: 5, flushBatchTickTimeout: 10 };

  test('a leader gathers a batch, or what came until the flush timeout', () => {
    const node = new StepNode({ protocol });
    node.lead();
    node.append('a', 'b', 'c', 'd');
    expect(node.log).toEqual([]);
    node.append('e');
    expect(node.log).toEqual(['a', 'b', 'c', 'd', 'e']);
    node.append('f');
    expect(node.log).toHaveLength(5);
    node.tick(10);
    expect(node.log).toHaveLength(6);
  });

  test('a follower acknowledges at once, and forwards at once', () => {
    const node = new StepNode({ protocol }).follow(n1);
    node.receive(1, acceptDecide(n1, 0, ['a']));
    expect(node.sentOf('accepted', 1)).toMatchObject([{ acceptedIdx: 1 }]);
    node.append('b');
    expect(node.sentOf('proposalForward', 1)).toMatchObject([{ entries: ['b'] }]);
  });
});

describe('L1, R2: at most 8 MiB lie behind decidedIdx', () => {
  test('a proposal that would bring them above is refused, and nothing of it is proposed', () => {
    const node = new StepNode({ sizeOf: () => 3 * MiB });
    const n = node.leadAndBeReady();
    node.append('a', 'b');
    expect(() => node.append('c')).toThrow(code('OMNIKV_OVERLOADED'));
    expect(node.omniPaxos.refusal(3 * MiB)).toBe('OMNIKV_OVERLOADED');
    expect(node.omniPaxos.refusal(2 * MiB)).toBeUndefined();
    expect(node.log).toEqual(['a', 'b']);
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 2 }).append('c');
    expect(node.log).toEqual(['a', 'b', 'c']);
  });

  test('adopted entries count', () => {
    const node = new StepNode({ sizeOf: () => 3 * MiB });
    const suffix = { firstIdx: 0, entries: ['a', 'b'] };
    node.lead(new Map([[1, { acceptedRound: n1, acceptedIdx: 2, suffix }]]));
    expect(() => node.append('c')).toThrow(code('OMNIKV_OVERLOADED'));
  });

  test('forwarded proposals count, and are dropped above', () => {
    const node = new StepNode({ sizeOf: () => 3 * MiB });
    node.leadAndBeReady();
    node.receive(1, { kind: 'proposalForward', entries: ['a', 'b', 'c'] }).tick(5);
    expect(node.log).toEqual(['a', 'b']);
  });

  test('proposals that wait count, together with what is undecided', () => {
    const node = new StepNode({
      sizeOf: () => 3 * MiB,
      protocol: { batchSize: 100, flushBatchTickTimeout: 1_000 },
    });
    node.leadAndBeReady();
    node.append('a').append('b');
    expect(() => node.append('c')).toThrow(code('OMNIKV_OVERLOADED'));
  });

  test('all that waited in Prepare and all that was adopted is proposed piece by piece', () => {
    const node = new StepNode({ sizeOf: () => 3 * MiB });
    const n = node.takeOver();
    node.append('new-1', 'new-2');
    const suffix = { firstIdx: 0, entries: ['old-1', 'old-2'] };
    node.receive(1, promise(n, { acceptedRound: n1, acceptedIdx: 2, suffix })).tick();
    expect(node.log).toEqual(['old-1', 'old-2']);
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 2 }).tick();
    expect(node.log).toEqual(['old-1', 'old-2', 'new-1', 'new-2']);
  });

  test('what waits without a leader is bounded too', () => {
    const node = new StepNode({ sizeOf: () => 3 * MiB });
    node.append('a', 'b');
    expect(() => node.append('c')).toThrow(code('OMNIKV_OVERLOADED'));
    node.tick(ELECTION_TICKS);
  });

  test('an entry larger than can ever be undecided is invalid', () => {
    const node = new StepNode({ sizeOf: () => 9 * MiB });
    node.leadAndBeReady();
    expect(() => node.append('a')).toThrow(code('OMNIKV_INVALID_ENTRY'));
  });
});
