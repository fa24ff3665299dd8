/**
 * The protocol in its smallest form: servers, a network that delivers at once, the owner's loop.
 */

import { describe, expect, it } from 'vitest';
import { OmniPaxos } from '../../src/core/omnipaxos/index.js';
import { MemoryStorage } from '../../src/core/storage/index.js';

function makeCluster(pids: readonly number[]) {
  const servers = new Map(
    pids.map((pid) => [
      pid,
      new OmniPaxos<string>(
        { configurationId: 1, pid, peers: pids.filter((peer) => peer !== pid) },
        new MemoryStorage<string>(),
      ),
    ]),
  );
  const deliver = () => {
    for (;;) {
      const messages = [...servers.values()].flatMap((server) => server.takeOutgoingMessages());
      if (messages.length === 0) return;
      for (const message of messages) servers.get(message.to)?.handleIncoming(message);
    }
  };
  const run = (ticks: number) => {
    for (let tick = 0; tick < ticks; tick++) {
      for (const server of servers.values()) server.tick();
      deliver();
    }
  };
  return { servers, deliver, run };
}

describe('OmniPaxos', () => {
  it.each([[[1]], [[1, 2]], [[1, 2, 3]], [[6, 7, 8]], [[7, 1, 100, 4, 6]]])(
    'servers %j elect one leader and decide the same log',
    (pids) => {
      const { servers, run, deliver } = makeCluster(pids);
      run(100);
      const leaders = [...servers.values()].map((server) => server.getCurrentLeader()?.pid);
      expect(new Set(leaders).size).toBe(1);
      expect(leaders[0]).toBeDefined();
      for (const [pid, server] of servers) server.append(`from ${pid}`);
      deliver();
      const logs = [...servers.values()].map((server) =>
        server.readDecidedSuffix(0)?.map((read) => read.entry),
      );
      expect(logs[0]).toHaveLength(pids.length);
      for (const log of logs) expect(log).toEqual(logs[0]);
    },
  );

  it('a linearizable read waits for a quorum and sees what was decided before it', () => {
    const { servers, run, deliver } = makeCluster([1, 2, 3]);
    run(100);
    const leader = [...servers.values()].find((server) => server.status().role === 'leader');
    leader?.append('a');
    deliver();
    leader?.requestRead(7);
    expect(leader?.takeReadyReads()).toEqual([]);
    deliver();
    expect(leader?.takeReadyReads()).toEqual([{ kind: 'ready', id: 7, readIdx: 1 }]);
  });
});
