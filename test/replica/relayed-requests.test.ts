/** R1: what a node relays at once is bounded in number and in bytes. */

import { describe, expect, it } from 'vitest';

import { MAX_RELAYED_REQUESTS, MAX_WAITING_REQUEST_BYTES } from '../../src/core/limits.js';
import { RelayedRequests, type Relayed } from '../../src/core/replica/relayed-requests.js';

const MiB = 1024 * 1024;

function fields(sizeBytes: number): Omit<Relayed, 'id' | 'asked'> {
  return {
    sink: { reply: () => undefined },
    requestId: 1,
    arrivedAtMs: 0,
    deadlineAtMs: 1,
    request: {
      id: 1,
      deadlineMs: 1,
      body: { kind: 'get', key: 'k', consistency: 'linearizable' },
      commandBytes: sizeBytes === 0 ? undefined : new Uint8Array(sizeBytes),
    },
    isOwn: true,
    via: 2,
    sentAtMs: 0,
    patienceMs: 100,
  };
}

describe('relayed requests', () => {
  it('have ids from the first one on, and are found by them', () => {
    const requests = new RelayedRequests(2 ** 52);
    const first = requests.add(fields(0));
    const second = requests.add(fields(0));
    expect([first?.id, second?.id]).toEqual([2 ** 52, 2 ** 52 + 1]);
    expect(requests.find(2 ** 52 + 1)).toBe(second);
    requests.remove(second!);
    expect(requests.find(2 ** 52 + 1)).toBeUndefined();
    expect(requests.all()).toEqual([first]);
  });

  it('are bounded in number', () => {
    const requests = new RelayedRequests(1);
    for (let i = 0; i < MAX_RELAYED_REQUESTS; i++) expect(requests.add(fields(0))).toBeDefined();
    expect(requests.add(fields(0))).toBeUndefined();
    requests.remove(requests.all()[0]!);
    expect(requests.add(fields(0))).toBeDefined();
  });

  it('are bounded in bytes, which come back with each that leaves, once', () => {
    const requests = new RelayedRequests(1);
    const fits = MAX_WAITING_REQUEST_BYTES / MiB;
    for (let i = 0; i < fits; i++) expect(requests.add(fields(MiB))).toBeDefined();
    expect(requests.add(fields(1))).toBeUndefined();
    expect(requests.add(fields(0))).toBeDefined();
    const [first] = requests.all();
    requests.remove(first!);
    requests.remove(first!);
    expect(requests.add(fields(MiB))).toBeDefined();
    expect(requests.add(fields(1))).toBeUndefined();
  });
});
