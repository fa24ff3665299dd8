/** "The oldest proposal, where its entry has these bytes": no other entry is ever taken for it. */

import { describe, expect, it } from 'vitest';

import { PendingProposals } from '../../src/core/replica/pending-proposals.js';
import type { Proposal } from '../../src/core/replica/request.js';

function proposalOf(entry: Uint8Array, sequence = 1): Proposal {
  return {
    sink: { reply: () => undefined },
    requestId: 1,
    arrivedAtMs: 0,
    deadlineAtMs: 1_000,
    command: {
      kind: 'request',
      sessionId: 1,
      sequence,
      operation: { kind: 'delete', keys: ['key'] },
    },
    entry,
    sizeBytes: entry.length,
    duplicates: undefined,
    nextOfSession: undefined,
    isSettled: false,
  };
}

describe.each([1, 63, 64, 1_024])('an entry of %i bytes', (sizeBytes) => {
  const entry = Uint8Array.from({ length: sizeBytes }, (_, i) => i & 0xff);

  it('is found by equal bytes', () => {
    const pending = new PendingProposals();
    const proposal = proposalOf(entry);
    pending.add(proposal);
    expect(pending.takeOldestIf(entry.slice())).toBe(proposal);
    expect(pending.count).toBe(0);
  });

  it('is not taken where one byte or the length differs, wherever', () => {
    const pending = new PendingProposals();
    pending.add(proposalOf(entry));
    for (const at of [0, sizeBytes >> 1, sizeBytes - 1]) {
      const other = entry.slice();
      other[at] = entry[at]! ^ 1;
      expect(pending.takeOldestIf(other)).toBeUndefined();
    }
    expect(pending.takeOldestIf(entry.subarray(1))).toBeUndefined();
    expect(pending.count).toBe(1);
  });
});
