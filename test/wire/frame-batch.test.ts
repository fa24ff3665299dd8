/**
 * Many requests in one frame: nothing is lost, doubled or reordered, and no frame passes its limits.
 */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MAX_CLIENT_FRAME_BYTES } from '../../src/core/limits.js';
import {
  clientRequestBatch,
  decodeClientRequests,
  encodeClientRequest,
  FRAME_KIND,
  FrameReader,
  MAX_ITEMS_PER_FRAME,
  type ClientRequest,
} from '../../src/core/wire/index.js';
import { clientRequest } from './arbitraries.js';
import { bodyOf, forge, join, readAll } from './frames.js';

function put(id: number, sizeBytes: number): ClientRequest {
  const value = { kind: 'bytes', value: new Uint8Array(sizeBytes).fill(id) } as const;
  const operation = { kind: 'put', key: `k${id}`, value, condition: undefined } as const;
  const command = { kind: 'request', sessionId: 1, sequence: id, operation } as const;
  return { id, deadlineMs: 100, body: { kind: 'execute', command } };
}

function framesOf(requests: readonly ClientRequest[]): Uint8Array[] {
  const batch = clientRequestBatch();
  const frames: (Uint8Array | undefined)[] = requests.map((request) => batch.add(request));
  frames.push(batch.take());
  expect(batch.take()).toBeUndefined();
  expect(batch.sizeBytes).toBe(0);
  return frames.filter((frame) => frame !== undefined);
}

function requestsIn(frames: readonly Uint8Array[]): ClientRequest[] {
  const requests: ClientRequest[] = [];
  for (const frame of frames) {
    const error = decodeClientRequests(bodyOf(frame), ({ id, deadlineMs, body }) => {
      requests.push({ id, deadlineMs, body });
    });
    expect(error).toBeUndefined();
  }
  return requests;
}

describe('a batch', () => {
  it('gives back what was added, in order, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.array(clientRequest, { maxLength: 40 }), (requests) => {
        const alone = requests.map((request) => bodyOf(encodeClientRequest(request)));
        const batched = framesOf(requests).map(bodyOf);
        expect(Buffer.from(join(batched)).equals(join(alone))).toBe(true);
        expect(requestsIn(framesOf(requests))).toHaveLength(requests.length);
      }),
      { numRuns: 100 },
    );
  });

  it('writes small requests of a turn as one frame', () => {
    const requests = Array.from({ length: 256 }, (_, i) => put(i, 8));
    const frames = framesOf(requests);
    expect(frames).toHaveLength(1);
    expect(requestsIn(frames)).toEqual(requests);
  });

  it('closes a frame at its number of items, and one item more goes into the next', () => {
    const requests = Array.from({ length: 2 * MAX_ITEMS_PER_FRAME + 1 }, (_, i) => {
      return { id: i, deadlineMs: 1, body: { kind: 'ping' } } as const;
    });
    const frames = framesOf(requests);
    expect(frames).toHaveLength(3);
    expect(requestsIn(frames)).toEqual(requests);
  });

  it('N5: gives a request of a mebibyte a frame of its own, between small ones', () => {
    const requests = [put(1, 8), put(2, 1_048_000), put(3, 8), put(4, 1_048_000), put(5, 8)];
    const frames = framesOf(requests);
    for (const frame of frames) expect(frame.length).toBeLessThan(MAX_CLIENT_FRAME_BYTES);
    expect(frames).toHaveLength(5);
    const alone = requests.map((request) => bodyOf(encodeClientRequest(request)));
    expect(Buffer.from(join(frames.map(bodyOf))).equals(join(alone))).toBe(true);
  });

  it('R5: keeps what it has where a request cannot be encoded', () => {
    const batch = clientRequestBatch();
    expect(batch.add(put(1, 8))).toBeUndefined();
    expect(() => batch.add(put(2, 4 * 1_048_576))).toThrow(
      expect.objectContaining({ code: 'OMNIKV_VALUE_TOO_LARGE' }) as Error,
    );
    expect(batch.add(put(3, 8))).toBeUndefined();
    const frame = batch.take();
    expect(requestsIn(frame === undefined ? [] : [frame])).toEqual([put(1, 8), put(3, 8)]);
  });
});

describe('a frame of many', () => {
  it('N10: is refused behind its limit, where a request is cut off, and where it is empty', () => {
    const ping = bodyOf(encodeClientRequest({ id: 1, deadlineMs: 1, body: { kind: 'ping' } }));
    const many = (count: number): Uint8Array => join(Array.from({ length: count }, () => ping));
    const taken = (body: Uint8Array): [number, boolean] => {
      let count = 0;
      const error = decodeClientRequests(body, () => count++);
      return [count, error === undefined];
    };
    expect(taken(many(MAX_ITEMS_PER_FRAME))).toEqual([MAX_ITEMS_PER_FRAME, true]);
    expect(taken(many(MAX_ITEMS_PER_FRAME + 1))).toEqual([MAX_ITEMS_PER_FRAME, false]);
    expect(taken(many(3).subarray(0, 3 * ping.length - 1))).toEqual([2, false]);
    expect(taken(new Uint8Array(0))).toEqual([0, false]);
  });

  it('is a frame like any other', () => {
    const [frame] = framesOf([put(1, 8), put(2, 8)]);
    const body = bodyOf(frame ?? new Uint8Array(0));
    expect(frame).toEqual(new Uint8Array(forge(body, { kind: FRAME_KIND.clientRequest })));
    expect(readAll(new FrameReader(1 << 20), [frame ?? new Uint8Array(0)])).toHaveLength(1);
  });
});
