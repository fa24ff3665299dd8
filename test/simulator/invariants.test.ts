/**
 * The invariants of the log (1 to 6): none fires on a good run, each on a violation made by hand.
 */

import { describe, expect, it } from 'vitest';

import { OmnikvError } from '../../src/core/errors.js';
import type { MessageBody } from '../../src/core/omnipaxos/messages.js';
import { INVARIANTS, ObservedStorage } from '../../src/core/simulator/invariants/index.js';
import { ManualDisk } from '../support/manual-disk.js';
import {
  ballot,
  brokenBy,
  CONFIGURE,
  HandCluster,
  increment,
  number,
  REGISTER,
  send,
} from './hand-node.js';

const N1 = ballot(1, 1);
const N2 = ballot(2, 2);
const LOG = [CONFIGURE, REGISTER, increment(1), increment(2)];

describe('nothing fires on a good run', () => {
  it('through decisions, applications, acknowledgements, crashes and the end', () => {
    const cluster = new HandCluster().agree(N1, LOG).look();
    for (const node of cluster.nodes) cluster.apply(node, LOG);
    const [first, second] = cluster.nodes;
    expect(send(cluster, 1, acceptDecide(cluster, 0, 4))).toBeUndefined();
    cluster.invariants.onAcknowledged(first!, increment(2), number(2n, 3));
    cluster.invariants.onReadAnswered(first!, 4, 4);
    cluster.invariants.onCrash(second!);
    second!.restart(second!.state, second!.shadow.visible.entries);
    cluster.look();
    cluster.invariants.onExit(second!, new OmnikvError('OMNIKV_IO', 'EIO'), true);
    cluster.invariants.atEnd({ verdict: { kind: 'valid' } });
    expect(cluster.invariants.violation).toBeUndefined();
    expect(cluster.invariants.decided).toHaveLength(4);
  });

  it('a process may leave batches that nobody was told of, whole and in order', () => {
    const { nodes } = new HandCluster().agree(N1, LOG);
    for (const [node, keep] of [
      [nodes[0]!, 0],
      [nodes[1]!, 1],
      [nodes[2]!, 2],
    ] as const) {
      const states = [{ state: node.state, entries: [...node.shadow.visible.entries] }];
      node.promise(ballot(2, 1));
      states.push({ state: node.state, entries: [...node.shadow.visible.entries] });
      node.accept(ballot(2, 1), [increment(3)]);
      states.push({ state: node.state, entries: [...node.shadow.visible.entries] });
      const left = states[keep]!;
      expect(brokenBy(() => node.restart(left.state, left.entries))).toBeUndefined();
      expect(node.shadow.durable.entries).toHaveLength(left.entries.length);
      expect(node.shadow.pendingCount).toBe(0);
    }
  });
});

describe(`1: ${INVARIANTS[1]}`, () => {
  it('a node that decides another value', () => {
    const cluster = new HandCluster();
    cluster.node(1).accept(N1, LOG).flush();
    cluster.node(2).accept(N1, LOG).flush();
    cluster.invariants.afterEvent(cluster.node(1).decide(4));
    cluster
      .node(3)
      .accept(N2, [CONFIGURE, increment(9)])
      .flush();
    expect(brokenBy(() => cluster.invariants.afterEvent(cluster.node(3).decide(2)))).toBe(1);
  });

  it('a decided transfer with another value, a later leader with another value', () => {
    const cluster = new HandCluster().agree(N1, LOG).look();
    const entries = [cluster.invariants.decided[1]!];
    const slice = { firstIdx: 0, entries, decidedIdx: 1 };
    expect(send(cluster, 1, { kind: 'decidedEntries', ...slice, decidedRound: N1 })).toBe(1);
    cluster.node(2).promise(N2).flush();
    const later = new HandCluster().agree(N1, LOG).look();
    later.node(2).promise(N2).flush();
    expect(send(later, 2, { kind: 'acceptSync', ...slice, n: N2 })).toBe(1);
  });

  it('a deposed leader may still speak of what was never chosen', () => {
    const cluster = new HandCluster();
    cluster.node(1).promise(N1).flush();
    cluster.node(2).accept(N2, LOG).flush();
    cluster.node(3).accept(N2, LOG).flush();
    cluster.invariants.afterEvent(cluster.node(2).decide(4));
    const entries = [cluster.invariants.decided[1]!];
    const body = { kind: 'acceptDecide', n: N1, firstIdx: 0, entries, decidedIdx: 0 } as const;
    expect(send(cluster, 1, body)).toBeUndefined();
  });
});

describe(`2: ${INVARIANTS[2]}`, () => {
  it('a decided length that falls, or that is beyond the log', () => {
    const cluster = new HandCluster().agree(N1, LOG).look();
    expect(brokenBy(() => cluster.invariants.afterEvent(cluster.node(1).decide(3)))).toBe(2);
    const other = new HandCluster();
    expect(brokenBy(() => other.invariants.afterEvent(other.node(1).decide(1)))).toBe(2);
  });

  it('a cut of what is decided', () => {
    const cluster = new HandCluster().agree(N1, LOG).look();
    cluster.node(1).write({ kind: 'appendOnPrefix', fromIdx: 2, entries: [] });
    expect(brokenBy(() => cluster.invariants.afterEvent(cluster.node(1)))).toBe(2);
    const stored = new HandCluster().node(1).accept(N1, LOG);
    stored.write({ kind: 'setDecidedIdx', idx: 3 });
    const cut = { kind: 'appendOnPrefix', fromIdx: 2, entries: [] } as const;
    expect(brokenBy(() => stored.write(cut))).toBe(2);
    expect(stored.shadow.violation?.invariant).toBe(2);
  });

  it('a decided entry that a restart loses or changes', () => {
    const node = new HandCluster().node(1).accept(N1, LOG);
    node.write({ kind: 'setDecidedIdx', idx: 3 }).flush();
    const { entries } = node.shadow.visible;
    const lost = { ...node.state, decidedIdx: 2, acceptedIdx: 2 };
    expect(brokenBy(() => node.restart(lost, entries.slice(0, 2)))).toBe(2);
    const changed = [entries[0]!, entries[2]!, entries[2]!, entries[3]!];
    expect(brokenBy(() => node.restart(node.state, changed))).toBe(2);
  });

  it('a read of the storage that shows something else', () => {
    const disk = new ManualDisk();
    const { shadow } = new HandCluster().node(1);
    const storage = new ObservedStorage(disk, shadow);
    const entry = Uint8Array.of(1, 2, 3);
    storage.submit([{ kind: 'appendOnPrefix', fromIdx: 0, entries: [entry] }]);
    expect(storage.entries(0, 1)).toEqual([entry]);
    shadow.visible.entries[0] = Uint8Array.of(1, 2, 4);
    expect(brokenBy(() => storage.entries(0, 1))).toBe(2);
  });
});

describe(`3: ${INVARIANTS[3]}`, () => {
  it('within a life', () => {
    const node = new HandCluster().node(1).promise(N2);
    expect(brokenBy(() => node.promise(N1))).toBe(3);
    const round = new HandCluster().node(1).accept(N2, LOG);
    expect(brokenBy(() => round.write({ kind: 'setAcceptedRound', ballot: N1 }))).toBe(3);
    const unpromised = new HandCluster().node(1);
    expect(brokenBy(() => unpromised.write({ kind: 'setAcceptedRound', ballot: N1 }))).toBe(3);
  });

  it('across a restart', () => {
    const node = new HandCluster().node(1).accept(N1, LOG).promise(N2).flush();
    const { entries } = node.shadow.visible;
    expect(brokenBy(() => node.restart({ ...node.state, promise: N1 }, entries))).toBe(3);
    const fallen = { ...node.state, acceptedRound: ballot(0, 0) };
    expect(brokenBy(() => node.restart(fallen, entries))).toBe(3);
  });
});

describe(`4: ${INVARIANTS[4]}`, () => {
  const prepare = { kind: 'prepare', acceptedRound: N1, decidedIdx: 0, acceptedIdx: 0 } as const;

  it('a server that leads the ballot of another', () => {
    const cluster = new HandCluster();
    cluster.node(2).promise(N1).flush();
    expect(send(cluster, 2, { ...prepare, n: N1 })).toBe(4);
    const quiet = new HandCluster();
    quiet.node(2).promise(N1).leads = { ...N1, pid: 2 };
    expect(brokenBy(() => quiet.look())).toBeUndefined();
  });

  it('a ballot that a second life leads again', () => {
    const cluster = new HandCluster();
    const node = cluster.node(1).promise(N1).flush();
    expect(send(cluster, 1, { ...prepare, n: N1 })).toBeUndefined();
    node.restart(node.state, []);
    expect(send(cluster, 1, { ...prepare, n: N1 })).toBe(4);
  });

  it('a ballot whose promise was lost with the process may be used again', () => {
    const cluster = new HandCluster();
    const node = cluster.node(1);
    const { state } = node;
    node.promise(N1).leads = N1;
    cluster.look();
    node.restart(state, []);
    node.promise(N1).flush();
    expect(brokenBy(() => cluster.look())).toBeUndefined();
    expect(send(cluster, 1, { ...prepare, n: N1 })).toBeUndefined();
  });

  it('a restarted leader may say what it has promised, not that it leads', () => {
    const cluster = new HandCluster();
    const node = cluster.node(1).promise(N1).flush();
    const reply = { kind: 'heartbeatReply', round: 1, isHappy: true, accepted: undefined } as const;
    expect(send(cluster, 1, { ...reply, ballot: N1, leader: N1 })).toBeUndefined();
    node.restart(node.state, []);
    expect(send(cluster, 1, { ...reply, ballot: ballot(0, 1), leader: N1 })).toBeUndefined();
    expect(send(cluster, 1, { ...reply, ballot: N1, leader: N1 })).toBe(4);
  });
});

describe(`5: ${INVARIANTS[5]}`, () => {
  it('too few disks, a disk that was not told durable, a round that is too low', () => {
    for (const spoil of [
      (cluster: HandCluster) => cluster.node(1).accept(N2, LOG).flush(),
      (cluster: HandCluster) => {
        cluster.node(1).accept(N2, LOG).flush();
        cluster.node(2).accept(N2, LOG);
      },
      (cluster: HandCluster) => {
        cluster.node(1).accept(N2, LOG).flush();
        cluster.node(2).accept(N1, LOG).flush();
      },
    ]) {
      const cluster = new HandCluster();
      spoil(cluster);
      expect(brokenBy(() => cluster.invariants.afterEvent(cluster.node(1).decide(4)))).toBe(5);
    }
  });

  it('a message that says more is decided than anybody knows', () => {
    const cluster = new HandCluster().agree(N1, LOG).look();
    expect(send(cluster, 1, { kind: 'decide', n: N1, decidedIdx: 4 })).toBeUndefined();
    expect(send(cluster, 1, { kind: 'decide', n: N1, decidedIdx: 5 })).toBe(5);
  });
});

describe(`6: ${INVARIANTS[6]}`, () => {
  it('two undecided suffixes of one round', () => {
    const cluster = new HandCluster();
    cluster.node(1).accept(N1, [CONFIGURE, increment(1)]);
    cluster.node(2).accept(N1, [CONFIGURE, increment(1)]);
    cluster.node(3).accept(N2, [CONFIGURE, increment(9)]);
    expect(brokenBy(() => cluster.look())).toBeUndefined();
    cluster.node(2).accept(N1, [increment(3)], 1);
    expect(brokenBy(() => cluster.look())).toBe(6);
  });

  it('decided entries of a later round may replace what was accepted', () => {
    const cluster = new HandCluster({ acceptQuorumSize: 1 });
    cluster.node(1).accept(N1, [CONFIGURE, increment(1)]);
    cluster.node(2).accept(N1, [CONFIGURE, increment(1)]);
    cluster
      .node(3)
      .accept(N2, [CONFIGURE, increment(9)])
      .flush();
    cluster.node(3).decide(2);
    cluster.look();
    const entries = [cluster.invariants.decided[1]!];
    const install = [
      { kind: 'appendOnPrefix', fromIdx: 1, entries },
      { kind: 'setPromise', ballot: N2 },
      { kind: 'setDecidedIdx', idx: 2 },
    ] as const;
    cluster
      .node(1)
      .write(...install)
      .decide(2);
    expect(brokenBy(() => cluster.look())).toBeUndefined();
  });

  it('a round that is accepted onto an older suffix', () => {
    const cluster = new HandCluster();
    cluster.node(1).accept(N1, [CONFIGURE, increment(1)]);
    cluster.node(2).accept(N2, [CONFIGURE, increment(9)]);
    cluster.look();
    const round = { kind: 'setAcceptedRound', ballot: N2 } as const;
    cluster.node(1).promise(N2).write(round);
    expect(brokenBy(() => cluster.look())).toBe(6);
  });
});

/** What the leader of N1 sends of the decided log. */
function acceptDecide(
  cluster: HandCluster,
  firstIdx: number,
  endIdx: number,
): MessageBody<Uint8Array> {
  const entries = cluster.invariants.decided.slice(firstIdx, endIdx);
  return { kind: 'acceptDecide', n: N1, firstIdx, entries, decidedIdx: endIdx };
}
