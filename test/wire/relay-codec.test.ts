/** Relayed requests and answers between nodes (X7): exact, bounded, total (N10). */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  decodeRelay,
  encodeClientRequest,
  encodeRelay,
  FRAME_KIND,
  FrameReader,
  isRelayFrameKind,
  type ClientRequest,
  type RelayFrameKind,
  type RelayMessage,
} from '../../src/core/wire/index.js';
import { MAX_PEER_FRAME_BYTES } from '../../src/core/limits.js';

const KINDS: readonly RelayFrameKind[] = [FRAME_KIND.relayedRequest, FRAME_KIND.relayedReply];

function bodyOf(message: RelayMessage): {
  readonly kind: RelayFrameKind;
  readonly body: Uint8Array;
} {
  const reader = new FrameReader(MAX_PEER_FRAME_BYTES);
  reader.push(encodeRelay(message));
  const frame = reader.next();
  if (frame?.kind !== 'frame' || !isRelayFrameKind(frame.frameKind)) throw new Error('no frame');
  return { kind: frame.frameKind, body: frame.body };
}

const get = { kind: 'get', key: 'k', consistency: 'linearizable' } as const;

describe('a relayed message', () => {
  it('comes back as it was', () => {
    const messages: readonly RelayMessage[] = [
      { kind: 'request', hopsLeft: 1, request: { id: 7, deadlineMs: 900, body: get } },
      { kind: 'request', hopsLeft: 0, request: { id: 2 ** 40, deadlineMs: 1, body: get } },
      { kind: 'reply', reply: { id: 7, body: { kind: 'unknown', message: 'lost' } } },
      { kind: 'reply', reply: { id: 9, body: { kind: 'value', found: undefined, appliedIdx: 3 } } },
    ];
    for (const message of messages) {
      const { kind, body } = bodyOf(message);
      expect(decodeRelay(kind, body)).toMatchObject({ ok: true, value: message });
    }
  });

  it('carries no word for a node alone, and no third hop (X7)', () => {
    for (const body of [
      { kind: 'ping' },
      { kind: 'status' },
      { kind: 'handOver', to: 1 },
    ] as const) {
      const frame = bodyOf({
        kind: 'request',
        hopsLeft: 0,
        request: { id: 1, deadlineMs: 1, body },
      });
      expect(decodeRelay(frame.kind, frame.body).ok).toBe(false);
    }
    const { kind, body } = bodyOf({
      kind: 'request',
      hopsLeft: 1,
      request: { id: 1, deadlineMs: 1, body: get },
    });
    body[0] = 2;
    expect(decodeRelay(kind, body).ok).toBe(false);
  });

  it('any bytes give a value or a typed error', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), fc.uint8Array({ maxLength: 200 }), (kind, bytes) => {
        const decoded = decodeRelay(kind, bytes);
        if (!decoded.ok) expect(decoded.error.code).toBe('OMNIKV_PROTOCOL');
      }),
    );
  });

  it('takes whatever a client could ask, under a longer id', () => {
    const value = (sizeBytes: number) => {
      return { kind: 'bytes', value: new Uint8Array(sizeBytes) } as const;
    };
    const requestOf = (id: number, sizeBytes: number): ClientRequest => {
      const operation = {
        kind: 'compareAndSet',
        key: 'k',
        expected: value(1_048_576),
        replacement: value(sizeBytes),
      } as const;
      const command = { kind: 'request', sessionId: 1, sequence: 1, operation } as const;
      return { id, deadlineMs: 1, body: { kind: 'execute', command } };
    };
    let sizeBytes = 1_048_576;
    const fits = (): boolean => {
      try {
        encodeClientRequest({ ...requestOf(1, sizeBytes), isRelayable: true });
        return true;
      } catch {
        return false;
      }
    };
    while (!fits()) sizeBytes -= 1;
    const request = requestOf(2 ** 52, sizeBytes);
    const { kind, body } = bodyOf({ kind: 'request', hopsLeft: 1, request });
    expect(decodeRelay(kind, body).ok).toBe(true);
  });
});
