/**
 * Messages to peers: an older peer is sent nothing that it does not know.
 */

import { describe, expect, it } from 'vitest';

import type { Message } from '../../src/core/omnipaxos/messages.js';
import { sendToPeers } from '../../src/core/server/peer-gateway.js';

const n = { configurationId: 1, n: 4, priority: 0, pid: 1 };

function sentTo(versions: Readonly<Record<number, number>>): readonly number[] {
  const sent: number[] = [];
  const bodies = [{ kind: 'handOver', n, acceptedIdx: 7 } as const];
  const messages = Object.keys(versions).flatMap((to) =>
    bodies.map((body): Message<Uint8Array> => {
      return { configurationId: 1, from: 1, to: Number(to), body };
    }),
  );
  const links = {
    send: (to: number) => sent.push(to) > 0,
    flush: () => undefined,
    rejectFrame: () => undefined,
    versionOf: (pid: number) => versions[pid] ?? 0,
    waitingBytes: () => 0,
  };
  sendToPeers(links, messages);
  return sent;
}

describe('the peer gateway', () => {
  it('E8: tells only a peer of version 3 to lead: an older one would close the link (N5)', () => {
    expect(sentTo({ 2: 2, 3: 3, 4: 0 })).toEqual([3]);
  });
});
