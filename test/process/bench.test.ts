/**
 * omnikv bench on a real cluster: each operation counts what it did, and wrong flags are refused.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TempCluster } from '../support/temp-cluster.js';

describe('omnikv bench', () => {
  const cluster = new TempCluster();
  afterAll(async () => await cluster.dispose());
  beforeAll(async () => {
    await cluster.ok('init', '--nodes', '3');
    await cluster.ok('start');
  });

  const brief = ['--concurrency', '8', '--keys', '20', '--duration', '200ms'];

  it.each(['put', 'get', 'incr', 'mixed'])('%s: answers with rate and latencies', async (op) => {
    const answer = await cluster.json('bench', '--op', op, ...brief);
    expect(answer).toMatchObject({ ok: true, operation: op, errors: 0, unknown: 0 });
    const { p50Ms, p99Ms, p999Ms, maxMs, opsPerSecond } = answer as unknown as Record<
      string,
      number
    >;
    expect(opsPerSecond).toBeGreaterThan(10);
    expect(p50Ms).toBeGreaterThan(0);
    expect([p50Ms, p99Ms, p999Ms, maxMs]).toEqual(
      [p50Ms, p99Ms, p999Ms, maxMs].sort((a, b) => (a ?? 0) - (b ?? 0)),
    );
  });

  it('counts what it says: the counters hold as many increments', async () => {
    await cluster.ok('del', ...Array.from({ length: 20 }, (_, i) => `bench-count-${i}`));
    const answer = await cluster.json('bench', '--op', 'incr', ...brief);
    const scan = await cluster.json('scan', 'bench-count-');
    const items = scan.items as { readonly value: { readonly value: string } }[];
    const sum = items.reduce((total, item) => total + Number(item.value.value), 0);
    // Each of the eight callers makes one call before the measuring.
    expect(sum).toBe((answer.operations as number) + 8);
  });

  it('prints a table for people', async () => {
    const table = await cluster.ok('bench', '--value-size', '100', ...brief);
    expect(table).toMatch(/^operations +\d+$/m);
    expect(table).toMatch(/^p99\.9 +\d+\.\d\d ms$/m);
  });

  it.concurrent.each([
    ['--concurrency', '0'],
    ['--concurrency', '5000'],
    ['--keys', '1e3'],
    ['--value-size', '2000000'],
    ['--duration', '5'],
    ['--op', 'cas'],
  ])('refuses %s %s', async (flag, value) => {
    expect((await cluster.json('bench', flag, value)).status).toBe(64);
  });

  it('says that nothing runs rather than that nothing was measured', async () => {
    await cluster.ok('stop');
    const answer = await cluster.json('bench', ...brief, '--timeout', '1s');
    expect(answer.status).toBe(69);
  });
});
