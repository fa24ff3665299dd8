/**
 * Messages to peers: an older peer is sent nothing that it does not know, and what is relayed never
 * ends the link that carries the protocol.
 */

import { describe, expect, it } from 'vitest';

import type { Message } from '../../src/core/omnipaxos/messages.js';
import { canRelayTo, sendRelay, sendToPeers } from '../../src/core/server/peer-gateway.js';
import { encodeRelay, type RelayMessage } from '../../src/core/wire/index.js';

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
    send: () => false,
    queue: (to: number) => sent.push(to) > 0,
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

const MiB = 1024 * 1024;

function linksWith({ waitingBytes = 0, version = 4 }) {
  const frames: Uint8Array[] = [];
  return {
    frames,
    send: (_to: number, frame: Uint8Array) => frames.push(frame) > 0,
    queue: () => false,
    flush: () => undefined,
    rejectFrame: () => undefined,
    versionOf: () => version,
    waitingBytes: () => waitingBytes,
  };
}

function answerOf(valueBytes: number): RelayMessage {
  const found = {
    value: { kind: 'bytes', value: new Uint8Array(valueBytes) },
    version: 3,
  } as const;
  return { kind: 'reply', reply: { id: 9, body: { kind: 'value', found, appliedIdx: 5 } } };
}

const ASK_AGAIN: RelayMessage = {
  kind: 'reply',
  reply: {
    id: 9,
    body: {
      kind: 'refused',
      code: 'OMNIKV_OVERLOADED',
      message: 'earlier answers wait',
      leader: 0,
    },
  },
};

describe('what is relayed (X7)', () => {
  it.each([
    ['a long answer leaves while little waits', 6 * MiB, 10_000, answerOf(10_000)],
    ['a long answer is refused while much waits (R3)', 6 * MiB + 1, 10_000, ASK_AGAIN],
    ['a short answer leaves whatever waits', 20 * MiB, 10, answerOf(10)],
  ])('%s', (_promise, waitingBytes, valueBytes, expected) => {
    const links = linksWith({ waitingBytes });
    sendRelay(links, 2, answerOf(valueBytes));
    expect(links.frames).toEqual([encodeRelay(expected)]);
  });

  it('goes to no peer that cannot read it, or that has much to read (N5, R3)', () => {
    expect(canRelayTo(linksWith({}), 2)).toBe(true);
    expect(canRelayTo(linksWith({ version: 3 }), 2)).toBe(false);
    expect(canRelayTo(linksWith({ waitingBytes: 6 * MiB + 1 }), 2)).toBe(false);
  });
});
