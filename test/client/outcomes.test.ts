/**
 * C4: ok, failed or unknown, and never the wrong one: redirects, lost answers, elections, nodes that
 * die, hang or lie still.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { UnknownOutcomeError } from '../../src/core/errors.js';
import type { Command } from '../../src/core/kv/index.js';
import type { ClientRequestBody } from '../../src/core/wire/client-messages.js';
import {
  always,
  answerOf,
  FakeCluster,
  inTurn,
  refused,
  type Fault,
  type FakeNode,
} from './fake-cluster.js';

const add = { kind: 'increment', key: 'n', by: 1n } as const;
const valueOf = (cluster: FakeCluster) => cluster.machine.get('n')?.value.value;
const commandsOf = (bodies: readonly ClientRequestBody[], kind: Command['kind']) =>
  bodies.flatMap((body) =>
    body.kind === 'execute' && body.command.kind === kind ? [body.command] : [],
  );

describe('a redirect (C6)', () => {
  it('is followed, and the leader is asked directly from then on', async () => {
    const cluster = new FakeCluster();
    cluster.lead(3);
    for (const node of cluster.nodes.values()) node.leaderHint = 0;
    const client = cluster.connect();
    await cluster.time.until(client.put('a', 1n));
    const before = cluster.node(1).received.length + cluster.node(2).received.length;
    await cluster.time.until(client.put('b', 1n));
    expect(cluster.node(1).received.length + cluster.node(2).received.length).toBe(before);
  });

  it('at the handshake saves the detour', async () => {
    const cluster = new FakeCluster();
    cluster.lead(3);
    await cluster.time.until(cluster.connect().put('a', 1n));
    expect(cluster.node(1).received).toEqual([]);
    expect(cluster.node(2).received).toEqual([]);
  });

  it('in circles has a hop limit, and pauses grow', async () => {
    const cluster = new FakeCluster([1, 2]);
    cluster.node(1).script = always(answerOf(refused('OMNIKV_NOT_LEADER', 2)));
    cluster.node(2).script = always(answerOf(refused('OMNIKV_NOT_LEADER', 1)));
    const client = cluster.connect({ deadlineMs: 2_000 });
    await expect(cluster.time.until(client.get('a'))).rejects.toMatchObject({ exit: 69 });
    expect(cluster.received.length).toBeGreaterThan(10);
    expect(cluster.received.length).toBeLessThan(300);
  });

  it('to a node that does not exist, or to itself, is no redirect', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = inTurn(
      answerOf(refused('OMNIKV_NOT_LEADER', 77)),
      answerOf(refused('OMNIKV_NOT_LEADER', 1)),
    );
    expect(await cluster.time.until(cluster.connect().increment('n'))).toBe(1n);
  });

  it('finds the new leader when the old one dies', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    await cluster.time.until(client.increment('n'));
    const call = client.increment('n');
    cluster.kill(1);
    for (const node of cluster.nodes.values()) node.leaderHint = 0;
    cluster.leader = 0;
    await cluster.time.pass(300);
    cluster.lead(2);
    const startMs = cluster.time.nowMs();
    expect(await cluster.time.until(call)).toBe(2n);
    expect(cluster.time.nowMs() - startMs).toBeLessThan(150);
  });
});

describe('a lost answer', () => {
  it.each<[string, Fault]>([
    ['executed, connection lost', { kind: 'executeAndBreak' }],
    ['not executed, connection lost', { kind: 'break' }],
    ['executed, the server does not know', { kind: 'executeAndForget' }],
  ])('is settled by the same (session, sequence): %s', async (_name, fault) => {
    const cluster = new FakeCluster();
    cluster.node(1).script = inTurn({ kind: 'serve' }, fault, fault, fault);
    expect(await cluster.time.until(cluster.connect().increment('n'))).toBe(1n);
    expect(valueOf(cluster)).toBe(1n);
    const requests = commandsOf(cluster.node(1).received, 'request');
    expect(requests).toHaveLength(4);
    expect(
      new Set(requests.map((command) => JSON.stringify({ ...command, operation: 0 }))).size,
    ).toBe(1);
  });

  it.each<[string, Fault]>([
    ['executed, connection lost', { kind: 'executeAndBreak' }],
    ['not executed, connection lost', { kind: 'break' }],
    ['executed, the server does not know', { kind: 'executeAndForget' }],
  ])('is settled by the very same one-shot: %s', async (_name, fault) => {
    const cluster = new FakeCluster();
    cluster.node(1).script = inTurn(fault, fault, fault);
    const reply = await cluster.time.until(cluster.connect().execute(add));
    expect(reply).toMatchObject({ kind: 'number', value: 1n });
    const oneShots = commandsOf(cluster.node(1).received, 'oneShot');
    expect(oneShots).toHaveLength(4);
    for (const command of oneShots) expect(command).toEqual(oneShots[0]);
  });

  it('of a registration registers one session only (C1)', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = inTurn({ kind: 'executeAndBreak' }, { kind: 'executeAndForget' });
    await cluster.time.until(cluster.connect().increment('n'));
    expect(cluster.machine.sessionCount).toBe(1);
    expect(commandsOf(cluster.node(1).received, 'register')).toHaveLength(3);
  });

  it('settled by another node, when the first has died after executing', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = inTurn({ kind: 'serve' }, { kind: 'executeAndBeSilent' });
    const call = cluster.connect().increment('n');
    await cluster.time.pass(50);
    expect(valueOf(cluster)).toBe(1n);
    cluster.kill(1);
    cluster.lead(2);
    expect(await cluster.time.until(call)).toBe(1n);
    expect(valueOf(cluster)).toBe(1n);
  });
});

describe('unknown', () => {
  it('is what a deadline makes of a request that was sent', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = inTurn({ kind: 'serve' }, { kind: 'executeAndBeSilent' });
    const call = cluster.connect().increment('n', 1n, { deadlineMs: 300 });
    const error = await cluster.time.until(call.catch((cause: unknown) => cause));
    expect(error).toBeInstanceOf(UnknownOutcomeError);
    expect(error).toMatchObject({ exit: 75, requestId: undefined });
  });

  it('stays unknown when the repetition is refused until the deadline', async () => {
    const cluster = new FakeCluster();
    const failing: readonly Fault[] = [
      { kind: 'serve' },
      { kind: 'executeAndBreak' },
      ...Array.from({ length: 1_000 }, () => answerOf(refused('OMNIKV_DISK_FULL'))),
    ];
    cluster.node(1).script = inTurn(...failing);
    await expect(
      cluster.time.until(cluster.connect().increment('n', 1n, { deadlineMs: 500 })),
    ).rejects.toBeInstanceOf(UnknownOutcomeError);
  });

  it('stays unknown when every node goes away', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = inTurn({ kind: 'executeAndBeSilent' });
    const call = cluster.connect().execute(add, { deadlineMs: 3_000 });
    await cluster.time.pass(50);
    for (const pid of [1, 2, 3]) cluster.kill(pid);
    await expect(cluster.time.until(call)).rejects.toBeInstanceOf(UnknownOutcomeError);
  });

  it('is settled where nodes come back before the deadline', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = inTurn({ kind: 'executeAndBeSilent' });
    const call = cluster.connect().execute(add);
    await cluster.time.pass(50);
    for (const pid of [1, 2, 3]) cluster.kill(pid);
    await cluster.time.pass(1_000);
    // A minority first, which can say no more than that it lacks a quorum.
    cluster.lead(0);
    cluster.node(2).state = 'up';
    await cluster.time.pass(2_000);
    cluster.node(3).state = 'up';
    cluster.lead(3);
    expect(await cluster.time.until(call)).toMatchObject({ value: 1n });
    expect(valueOf(cluster)).toBe(1n);
  });

  it('takes the session out of use: the next call has a new one (K5)', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = inTurn({ kind: 'serve' }, { kind: 'executeAndBeSilent' });
    const client = cluster.connect({ maxSessions: 1 });
    const call = client.increment('n', 1n, { deadlineMs: 300 });
    await expect(cluster.time.until(call)).rejects.toBeInstanceOf(UnknownOutcomeError);
    expect(await cluster.time.until(client.increment('n', 10n))).toBe(11n);
    expect(cluster.machine.sessionCount).toBe(2);
  });

  it('is an answer that makes no sense to a change', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = inTurn(answerOf({ kind: 'pong' }));
    await expect(cluster.time.until(cluster.connect().execute(add))).rejects.toMatchObject({
      code: 'OMNIKV_UNKNOWN_OUTCOME',
      requestId: expect.stringMatching(/@1$/) as string,
    });
  });

  it('names the request id of a one-shot, which settles it from another handle (C5, K6, K7)', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = inTurn({ kind: 'executeAndBeSilent' });
    const call = cluster.connect().execute(add, { deadlineMs: 300 });
    const error = await cluster.time.until(call.catch((cause: unknown) => cause));
    expect(error).toBeInstanceOf(UnknownOutcomeError);
    const { requestId, suggestions } = error as UnknownOutcomeError;
    expect(requestId).toMatch(/^[0-9a-f]{32}@1$/);
    expect(suggestions.join()).toContain(requestId);

    const other = cluster.connect();
    const repeated = await cluster.time.until(other.execute(add, { requestId: requestId! }));
    expect(repeated).toEqual({ kind: 'number', value: 1n, version: 1 });
    expect(valueOf(cluster)).toBe(1n);
    const oneShots = commandsOf(cluster.node(1).received, 'oneShot');
    expect(oneShots).toHaveLength(2);
    expect(oneShots[1]).toEqual(oneShots[0]);
  });

  it('a repetition is never failed: the first sending may have taken effect (K3, K5)', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = always(answerOf(refused('OMNIKV_DISK_FULL')));
    const requestId = `${'ab'.repeat(16)}@1`;
    const call = cluster.connect().execute(add, { requestId, deadlineMs: 300 });
    await expect(cluster.time.until(call)).rejects.toMatchObject({ exit: 75, requestId });
  });

  it('an expired request has an id of its own', async () => {
    const cluster = new FakeCluster();
    const call = cluster.connect().execute(add, { requestId: `${'ab'.repeat(16)}@999` });
    await expect(cluster.time.until(call)).rejects.toMatchObject({
      code: 'OMNIKV_REQUEST_EXPIRED',
      exit: 75,
    });
    expect(valueOf(cluster)).toBeUndefined();
  });

  it('a request id that is none is refused before anything is sent', async () => {
    const cluster = new FakeCluster();
    await expect(cluster.connect().execute(add, { requestId: '5:1' })).rejects.toMatchObject({
      code: 'OMNIKV_USAGE',
    });
  });
});

describe('an expired session (K3)', () => {
  const evictAll = (cluster: FakeCluster) => {
    for (let n = 0; n < 1_024; n++) {
      const nonce = new Uint8Array(16).fill(255);
      new DataView(nonce.buffer).setUint32(4, n);
      cluster.machine.apply(cluster.machine.appliedIdx, { kind: 'register', nonce });
    }
  };

  it('gives way to a new one for a request that was never sent', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    await cluster.time.until(client.increment('n'));
    evictAll(cluster);
    expect(await cluster.time.until(client.increment('n'))).toBe(2n);
  });

  it('makes a request unknown that was sent before (K3)', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    await cluster.time.until(client.increment('n'));
    const script: FakeNode['script'] = (_request, count) => {
      if (count === 3) return { kind: 'executeAndBreak' };
      if (count === 4) evictAll(cluster);
      return { kind: 'serve' };
    };
    cluster.node(1).script = script;
    await expect(cluster.time.until(client.increment('n'))).rejects.toBeInstanceOf(
      UnknownOutcomeError,
    );
    expect(valueOf(cluster)).toBe(2n);
    expect(await cluster.time.until(client.increment('n'))).toBe(3n);
  });
});

describe('failed', () => {
  it('within a second where no node listens', async () => {
    const cluster = new FakeCluster();
    for (const pid of [1, 2, 3]) cluster.kill(pid);
    const client = cluster.connect();
    for (let round = 0; round < 3; round++) {
      const startMs = cluster.time.nowMs();
      const calls: Promise<unknown>[] = [client.put('k', 1n), client.get('k'), client.execute(add)];
      for (const call of calls) {
        await expect(cluster.time.until(call)).rejects.toMatchObject({
          code: 'OMNIKV_UNREACHABLE',
          exit: 69,
        });
      }
      expect(cluster.time.nowMs() - startMs).toBeLessThan(1_000);
    }
  });

  it('with the reason, where the nodes belong to another cluster', async () => {
    const cluster = new FakeCluster();
    for (const node of cluster.nodes.values()) {
      node.state = 'down';
      node.connectError = 'OMNIKV_WRONG_CLUSTER';
    }
    await expect(cluster.time.until(cluster.connect().get('k'))).rejects.toMatchObject({
      code: 'OMNIKV_WRONG_CLUSTER',
    });
  });

  it('a node that comes up in time is found', async () => {
    const cluster = new FakeCluster([1]);
    cluster.node(1).state = 'down';
    const call = cluster.connect().increment('n');
    await cluster.time.pass(5);
    cluster.node(1).state = 'up';
    expect(await cluster.time.until(call)).toBe(1n);
  });

  it('with no quorum after the deadline, where nothing was proposed', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = always(answerOf(refused('OMNIKV_NO_QUORUM')));
    cluster.leader = 1;
    const startMs = cluster.time.nowMs();
    await expect(cluster.time.until(cluster.connect().put('k', 1n))).rejects.toMatchObject({
      code: 'OMNIKV_NO_QUORUM',
      exit: 69,
    });
    expect(cluster.time.nowMs() - startMs).toBeGreaterThanOrEqual(4_900);
  });

  it('with no quorum well before the deadline, where a majority is down', async () => {
    const cluster = new FakeCluster();
    cluster.kill(1);
    cluster.kill(3);
    cluster.lead(0);
    const startMs = cluster.time.nowMs();
    const error = await cluster.time.until(
      cluster
        .connect()
        .put('k', 1n)
        .catch((cause: unknown) => cause),
    );
    expect(error).toMatchObject({ code: 'OMNIKV_NO_QUORUM' });
    expect((error as Error).message).toContain('1 of 3');
    expect(cluster.time.nowMs() - startMs).toBeLessThan(2_500);
  });

  it('not, where the quorum comes back in time', async () => {
    const cluster = new FakeCluster();
    cluster.lead(0);
    const call = cluster.connect().increment('n');
    await cluster.time.pass(2_000);
    cluster.lead(2);
    expect(await cluster.time.until(call)).toBe(1n);
  });

  it('overload is waited out', async () => {
    const cluster = new FakeCluster();
    const overloaded = answerOf(refused('OMNIKV_OVERLOADED'));
    cluster.node(1).script = inTurn(overloaded, overloaded, overloaded);
    expect(await cluster.time.until(cluster.connect().increment('n'))).toBe(1n);
    expect(cluster.node(2).received).toEqual([]);
  });

  it('a node that shuts down hands over to another', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = always(answerOf(refused('OMNIKV_SHUTTING_DOWN')));
    const call = cluster.connect().increment('n');
    await cluster.time.pass(50);
    cluster.lead(2);
    expect(await cluster.time.until(call)).toBe(1n);
  });
});

describe('a node that hangs (N4)', () => {
  it('is given up for a sign of life, and its requests are settled elsewhere', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    await cluster.time.until(client.increment('n'));
    cluster.node(1).state = 'deaf';
    const call = client.increment('n');
    await cluster.time.pass(400);
    cluster.leader = 2;
    cluster.node(2).leaderHint = 2;
    const startMs = cluster.time.nowMs();
    expect(await cluster.time.until(call)).toBe(2n);
    expect(cluster.time.nowMs() - startMs).toBeLessThan(1_500);
  });

  it('is left for another one when it does not shake hands', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).state = 'deaf';
    cluster.lead(2);
    const startMs = cluster.time.nowMs();
    expect(await cluster.time.until(cluster.connect().increment('n'))).toBe(1n);
    expect(cluster.time.nowMs() - startMs).toBeLessThan(500);
  });

  it('alone, makes a read time out and a status say that it is down', async () => {
    const cluster = new FakeCluster([1]);
    cluster.node(1).state = 'deaf';
    const client = cluster.connect({ deadlineMs: 1_500 });
    await expect(cluster.time.until(client.get('k'))).rejects.toMatchObject({ exit: 69 });
    await expect(cluster.time.until(client.status(1))).rejects.toMatchObject({
      code: 'OMNIKV_NODE_DOWN',
    });
  });

  it('is not confused with a cluster that takes its time', async () => {
    const cluster = new FakeCluster();
    let heldBackUntilMs = Infinity;
    const client = cluster.connect();
    await cluster.time.until(client.increment('n'));
    cluster.node(1).script = (request) =>
      request.body.kind === 'ping' || cluster.time.nowMs() > heldBackUntilMs
        ? { kind: 'serve' }
        : { kind: 'beSilent' };
    const call = client.increment('n', 1n, { deadlineMs: 3_000 });
    await cluster.time.pass(2_500);
    heldBackUntilMs = 0;
    expect(cluster.node(1).connectCount).toBe(1);
    await expect(cluster.time.until(call)).rejects.toBeInstanceOf(UnknownOutcomeError);
  });
});

describe('whatever happens', () => {
  const aFault: fc.Arbitrary<Fault> = fc.oneof(
    { weight: 4, arbitrary: fc.constant<Fault>({ kind: 'serve' }) },
    fc.constantFrom<Fault>(
      { kind: 'executeAndBreak' },
      { kind: 'break' },
      { kind: 'executeAndForget' },
      { kind: 'executeAndBeSilent' },
      { kind: 'beSilent' },
      answerOf(refused('OMNIKV_NO_QUORUM')),
      answerOf(refused('OMNIKV_NOT_LEADER')),
      answerOf(refused('OMNIKV_NOT_LEADER', 2)),
      answerOf(refused('OMNIKV_OVERLOADED')),
      answerOf(refused('OMNIKV_DISK_FULL')),
      answerOf(refused('OMNIKV_SHUTTING_DOWN')),
    ),
  );

  it('ok means once, failed means never, unknown at most once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(aFault, { maxLength: 40 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        async (faults, calls, maxSessions) => {
          const cluster = new FakeCluster();
          cluster.node(1).script = inTurn(...faults);
          const client = cluster.connect({ maxSessions, deadlineMs: 1_200 });
          const outcomes = calls.map((isOneShot, at) => {
            const key = `k${at}`;
            const call = isOneShot
              ? client.execute({ kind: 'increment', key, by: 1n })
              : client.increment(key);
            return call.then(
              () => 'ok',
              (error: unknown) => (error instanceof UnknownOutcomeError ? 'unknown' : 'failed'),
            );
          });
          const ended = await cluster.time.until(Promise.all(outcomes));
          for (const [at, outcome] of ended.entries()) {
            const count = (cluster.machine.get(`k${at}`)?.value.value ?? 0n) as bigint;
            if (outcome === 'ok') expect(count).toBe(1n);
            else if (outcome === 'failed') expect(count).toBe(0n);
            else expect(count).toBeLessThanOrEqual(1n);
          }
          client.close();
        },
      ),
      { numRuns: 150 },
    );
  });
});
