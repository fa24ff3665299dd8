/**
 * What the owner of an instance sees: reads of the log, refusals, recovery, and how it stops.
 */

import { describe, expect, test } from 'vitest';
import { formatBallot } from '../../../src/core/omnipaxos/ballot.js';
import { acceptSync, ballot, ELECTION_TICKS, prepare, StepNode } from '../../support/step-node.js';

const n1 = ballot(1, 1);
const MiB = 1024 * 1024;

describe('reads of the log', () => {
  const opened = () => new StepNode().follow(n1, ['a', 'b', 'c', 'd'], 2).omniPaxos;

  test('tell each entry with its index, and whether it is decided', () => {
    const omniPaxos = opened();
    expect(omniPaxos.readEntries(1)).toEqual([
      { kind: 'decided', idx: 1, entry: 'b' },
      { kind: 'undecided', idx: 2, entry: 'c' },
      { kind: 'undecided', idx: 3, entry: 'd' },
    ]);
    expect(omniPaxos.readDecidedSuffix(2)).toEqual([]);
    expect([...omniPaxos.readDecided(0)]).toEqual(['a', 'b']);
    expect(omniPaxos.getCompactedIdx()).toBe(0);
    expect(omniPaxos.getAcceptedIdx()).toBe(4);
  });

  test.each([
    [-1, 2],
    [2, 1],
    [3, 5],
    [0.5, 2],
    [0, 1.5],
    [Number.NaN, 2],
    [0, Number.NaN],
    [5, 6],
  ])('know nothing of [%d, %d), which is no range of the log', (fromIdx, toIdx) => {
    expect(opened().readEntries(fromIdx, toIdx)).toBeUndefined();
  });
});

describe('the leader that the owner is told', () => {
  test('is the one whose log is ours, and nobody before that or in recovery', () => {
    const node = new StepNode().receive(1, prepare(n1));
    expect(node.omniPaxos.getCurrentLeader()).toBeUndefined();
    expect(node.omniPaxos.status().leader).toBeUndefined();
    node.receive(1, acceptSync(n1, 0, []));
    const known = { pid: 1, ballot: n1, isReady: false };
    expect(node.omniPaxos.getCurrentLeader()).toEqual(known);
    expect(node.restart().omniPaxos.getCurrentLeader()).toBeUndefined();
  });
});

describe('a refusal says why', () => {
  test('no quorum', () => {
    const node = new StepNode();
    node.leadAndBeReady();
    node.tick(2 * ELECTION_TICKS);
    expect(() => node.append('a')).toThrow('no accept quorum');
  });

  test('too much at once, with the size', () => {
    const node = new StepNode({ sizeOf: () => 5 * MiB });
    node.leadAndBeReady();
    node.append('a');
    expect(() => node.append('b')).toThrow(`${5 * MiB} more bytes`);
  });

  test('too much for ever, with the size', () => {
    const node = new StepNode({ sizeOf: () => 9 * MiB });
    expect(() => node.append('a')).toThrow(`${9 * MiB} bytes are more than`);
  });

  test('and leaves the instance as it was', () => {
    const node = new StepNode({ sizeOf: (entry) => (entry === 'long' ? 9 : 1) * MiB });
    const n = node.leadAndBeReady();
    expect(() => node.append('long')).toThrow();
    node.append('a').receive(1, { kind: 'accepted', n, acceptedIdx: 1 });
    expect(node.decidedIdx).toBe(1);
  });
});

describe('failRecovery', () => {
  test('asks every peer once more', () => {
    const node = new StepNode().follow(n1, ['a']).restart();
    node.sent();
    node.input(() => node.omniPaxos.failRecovery());
    const asked = node.sentMessages().map(({ to, body }) => [to, body.kind]);
    expect(asked).toEqual([
      [1, 'prepareRequest'],
      [3, 'prepareRequest'],
    ]);
  });

  test('does nothing to a leader', () => {
    const node = new StepNode();
    node.leadAndBeReady();
    node.input(() => node.omniPaxos.failRecovery());
    expect(node.sent()).toEqual([]);
    expect(node.omniPaxos.status()).toMatchObject({ role: 'leader', phase: 'accept' });
  });
});

describe('an instance that has found a contradiction', () => {
  test('stops for good, and says what stopped it', () => {
    const node = new StepNode().follow(n1, ['a', 'b'], 2);
    node.receive(3, prepare(ballot(2, 3)));
    expect(() => node.receive(3, acceptSync(ballot(2, 3), 0, ['X', 'b']))).toThrow('differs');
    const stopped = expect.objectContaining({
      code: 'OMNIKV_IO',
      cause: expect.objectContaining({
        message: expect.stringContaining('differs') as string,
      }) as Error,
    }) as Error;
    expect(() => node.omniPaxos.takeOutgoingMessages()).toThrow(stopped);
    expect(() => node.omniPaxos.tick()).toThrow('stopped: ');
  });
});

describe('a ballot in a message to people', () => {
  test('names configuration, n, priority and server', () => {
    expect(formatBallot(ballot(4, 2, 1, 7))).toBe('c1.n4.p7@2');
  });
});
