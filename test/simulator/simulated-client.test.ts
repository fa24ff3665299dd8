/**
 * The client of the simulator, against a script: retries, redirects, doubt, and what it writes down.
 */

import { describe, expect, test } from 'vitest';
import { HistoryBook, HistoryRecorder, type HistoryEntry } from '../../src/core/checker/index.js';
import { drawClientPlan, type ClientPlan } from '../../src/core/simulator/clients/client-plan.js';
import { SimulatedClient } from '../../src/core/simulator/clients/simulated-client.js';
import { EventQueue } from '../../src/core/simulator/event-queue.js';
import { Prng } from '../../src/core/simulator/prng.js';
import type { ReceivedRequest } from '../../src/core/wire/index.js';
import { ScriptedCluster } from './scripted-cluster.js';

const INCREMENTS: ClientPlan = {
  weights: { get: 0, put: 0, putIfAbsent: 0, delete: 0, increment: 1, compareAndSet: 0 },
  keyCount: 1,
  largeShare: 0,
  largeSizeBytes: 0,
  oneShotShare: 0,
  thinkUs: 1_000,
  deadlineUs: 1_000_000,
  attemptTimeoutUs: 50_000,
  minBackoffUs: 5_000,
  maxBackoffUs: 80_000,
  strayShare: 0,
  isConfined: false,
};

interface Run {
  readonly queue: EventQueue;
  readonly cluster: ScriptedCluster;
  readonly client: SimulatedClient;
  readonly entries: () => HistoryEntry[];
  readonly until: (timeUs: number) => void;
}

function setUp(
  plan: ClientPlan,
  { seed = 1, ...limits }: { seed?: number; sessionLimit?: number; oneShotLimit?: number } = {},
): Run {
  const queue = new EventQueue();
  const cluster = new ScriptedCluster(queue, { sessionLimit: 16, oneShotLimit: 16, ...limits });
  const book = new HistoryBook();
  const history = new HistoryRecorder({
    nowUs: () => queue.nowUs,
    sink: (event) => book.add(event),
  });
  const prng = new Prng(seed);
  const client = new SimulatedClient({ id: 7, prng, queue, transport: cluster, history, plan });
  cluster.client = client;
  const until = (timeUs: number): void => {
    while (queue.step(timeUs));
  };
  return { queue, cluster, client, entries: () => book.entries(), until };
}

function counterOf({ cluster }: Run): bigint {
  const value = cluster.stateMachine.get('k0')?.value;
  return value?.kind === 'u64' ? value.value : 0n;
}

/** The sum that the history says was added: [certainly, at most]. */
function addedBy(entries: readonly HistoryEntry[]): readonly [bigint, bigint] {
  let certainly = 0n;
  let possibly = 0n;
  for (const { operation, return: end } of entries) {
    if (operation.kind !== 'increment') continue;
    possibly += operation.by;
    if (end !== undefined) certainly += operation.by;
  }
  return [certainly, possibly];
}

const isRequest = ({ body }: ReceivedRequest): boolean =>
  body.kind === 'execute' && body.command.kind !== 'register';

describe('a simulated client', () => {
  test('calls again when it was answered, and writes down every answer', () => {
    const run = setUp(INCREMENTS);
    run.client.start();
    run.until(1_000_000);
    const entries = run.entries();
    expect(entries.length).toBeGreaterThan(100);
    expect(addedBy(entries.filter((entry) => entry.return !== undefined))[0]).toBe(counterOf(run));
    expect(run.client.counts.ok).toBe(entries.filter((entry) => entry.return !== undefined).length);
  });

  test.each(['loseAnswer', 'loseRequest', 'disconnect'] as const)(
    'repeats the same request after "%s", so that it takes effect once (K5)',
    (fate) => {
      for (const oneShotShare of [0, 1]) {
        const run = setUp({ ...INCREMENTS, oneShotShare });
        const prng = new Prng('faults');
        run.cluster.fateOf = () => (prng.chance(0.4) ? fate : 'answer');
        run.client.start();
        run.until(5_000_000);
        run.client.stopNew();
        run.until(8_000_000);
        const entries = run.entries();
        expect(entries.length).toBeGreaterThan(20);
        expect(run.client.isIdle).toBe(true);
        const [certainly, possibly] = addedBy(entries);
        expect(counterOf(run)).toBeGreaterThanOrEqual(certainly);
        expect(counterOf(run)).toBeLessThanOrEqual(possibly);
        if (run.client.counts.unknown === 0) expect(counterOf(run)).toBe(certainly);
      }
    },
  );

  test('repeats after a server that does not know', () => {
    const run = setUp(INCREMENTS);
    let count = 0;
    run.cluster.fateOf = () => (++count % 2 === 0 ? { kind: 'sayUnknown' } : 'answer');
    run.client.start();
    run.until(1_000_000);
    run.client.stopNew();
    run.until(3_000_000);
    expect(run.client.counts).toMatchObject({ failed: 0, unknown: 0 });
    expect(counterOf(run)).toBe(addedBy(run.entries())[0]);
  });

  test('follows the leader that a refusal names, and stays with it', () => {
    const run = setUp(INCREMENTS);
    run.cluster.fateOf = (pid) =>
      pid === 3 ? 'answer' : { kind: 'refuse', code: 'OMNIKV_NOT_LEADER', leader: 3 };
    run.client.start();
    run.until(1_000_000);
    const elsewhere = run.cluster.requests.filter(({ pid }) => pid !== 3);
    expect(elsewhere.length).toBeLessThanOrEqual(1);
    expect(run.client.counts.ok).toBeGreaterThan(100);
  });

  test('goes round nodes that cannot be reached', () => {
    const run = setUp(INCREMENTS);
    run.cluster.fateOf = (pid) => (pid === 2 ? 'answer' : 'unreachable');
    run.client.start();
    run.until(1_000_000);
    expect(run.client.counts.ok).toBeGreaterThan(100);
  });

  test('what was never sent has failed, and is not in the history', () => {
    const run = setUp(INCREMENTS);
    run.cluster.fateOf = () => 'unreachable';
    run.client.start();
    run.until(2_500_000);
    expect(run.client.counts).toEqual({ ok: 0, failed: 2, unknown: 0 });
    expect(run.entries()).toHaveLength(1);
    run.client.stopNew();
    run.until(4_000_000);
    expect(run.entries()).toEqual([]);
  });

  test('a full disk fails what is not in doubt, at once', () => {
    const run = setUp(INCREMENTS);
    run.cluster.fateOf = () => ({ kind: 'refuse', code: 'OMNIKV_DISK_FULL', leader: 0 });
    run.client.start();
    run.until(900_000);
    expect(run.client.counts.failed).toBeGreaterThan(100);
  });

  test('an outcome that cannot be learned stays open, and the session is never used again', () => {
    const run = setUp(INCREMENTS);
    run.cluster.fateOf = (_, request) => {
      return isRequest(request) && run.queue.nowUs < 990_000 ? 'loseAnswer' : 'answer';
    };
    run.client.start();
    run.until(2_000_000);
    expect(run.client.counts.unknown).toBe(1);
    const [first, second] = run.entries();
    expect(first?.return).toBeUndefined();
    expect(second?.return).toBeDefined();
    expect(run.cluster.stateMachine.sessionCount).toBe(2);
  });

  test('a refusal settles nothing of what was sent before (C4)', () => {
    const run = setUp(INCREMENTS);
    let isFirst = true;
    run.cluster.fateOf = (_, request) => {
      if (!isRequest(request)) return 'answer';
      if (!isFirst) return { kind: 'refuse', code: 'OMNIKV_DISK_FULL', leader: 0 };
      isFirst = false;
      return 'loseAnswer';
    };
    run.client.start();
    run.until(999_000);
    expect(run.client.counts).toEqual({ ok: 0, failed: 0, unknown: 0 });
    run.until(1_020_000);
    expect(run.client.counts.unknown).toBe(1);
  });

  test('an evicted session is replaced; a one-shot that fell out of the table is not executed', () => {
    const plan = { ...INCREMENTS, oneShotShare: 0.5, attemptTimeoutUs: 20_000 };
    const run = setUp(plan, { sessionLimit: 1, oneShotLimit: 1 });
    const prng = new Prng('evictions');
    run.cluster.fateOf = () => (prng.chance(0.2) ? 'loseAnswer' : 'answer');
    run.client.start();
    // Somebody else's sessions push ours out.
    for (let at = 10_000; at < 3_000_000; at += 10_000) {
      run.queue.at(at, () => {
        const nonce = Uint8Array.from({ length: 16 }, () => prng.int(0, 255));
        run.cluster.stateMachine.apply(run.cluster.stateMachine.appliedIdx, {
          kind: 'register',
          nonce,
        });
      });
    }
    run.until(3_000_000);
    run.client.stopNew();
    run.until(5_000_000);
    const { ok, failed, unknown } = run.client.counts;
    expect(Math.min(ok, failed, unknown)).toBeGreaterThan(0);
    const [certainly, possibly] = addedBy(run.entries());
    expect(counterOf(run)).toBeGreaterThanOrEqual(certainly);
    expect(counterOf(run)).toBeLessThanOrEqual(possibly);
  });

  test('the final reads are asked until they are answered', () => {
    const run = setUp(INCREMENTS);
    run.client.readAll();
    run.cluster.fateOf = () => (run.queue.nowUs < 1_500_000 ? 'loseRequest' : 'answer');
    run.until(1_400_000);
    expect(run.client.isIdle).toBe(false);
    run.until(2_500_000);
    expect(run.client.isIdle).toBe(true);
    expect(run.entries().map(({ operation }) => operation.key)).toEqual([
      'k0',
      'k1',
      'k2',
      'k3',
      'k4',
    ]);
  });

  test('drawn plans reach every operation, every result and every way of sending', () => {
    const operations = new Set<string>();
    const results = new Set<string>();
    const commands = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const plan = { ...drawClientPlan(new Prng(seed)), thinkUs: 1_000, largeShare: 0 };
      const run = setUp(plan, { seed });
      run.client.start();
      run.until(100_000);
      for (const { operation, result } of run.entries()) {
        operations.add(operation.kind);
        if (result !== undefined) results.add(result.kind);
      }
      for (const { request } of run.cluster.requests) {
        commands.add(
          request.body.kind === 'execute' ? request.body.command.kind : request.body.kind,
        );
      }
    }
    expect([...operations].sort()).toEqual(['compareAndSet', 'delete', 'get', 'increment', 'put']);
    expect([...commands].sort()).toEqual(['get', 'oneShot', 'register', 'request']);
    expect([...results].sort()).toEqual([
      'conditionFailed',
      'deleted',
      'notANumber',
      'number',
      'stored',
      'swapped',
      'value',
    ]);
  });

  test('the same seed gives the same requests and the same history (A1)', () => {
    const runs = [1, 2].map(() => {
      const run = setUp(drawClientPlan(new Prng(5)), { seed: 5 });
      const prng = new Prng('faults');
      run.cluster.fateOf = () => (prng.chance(0.2) ? 'loseAnswer' : 'answer');
      run.client.start();
      run.until(1_000_000);
      return { entries: run.entries(), requests: run.cluster.requests };
    });
    expect(runs[0]).toEqual(runs[1]);
  });
});
