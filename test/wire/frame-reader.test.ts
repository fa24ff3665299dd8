/**
 * Frames in a stream (N5): any cut of the stream gives the same frames, limits come before memory,
 * and after the first bad byte there is nothing but the error.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodePeerMessage, FrameReader } from '../../src/core/wire/index.js';
import { peerMessage } from './arbitraries.js';
import type { ForgedHeader } from './frames.js';
import { bodyOf, cut, forge, join, readAll } from './frames.js';

const LIMIT = 1 << 20;

describe('FrameReader', () => {
  it('N5: gives the same frames however the stream is cut', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(peerMessage, { minLength: 1, maxLength: 8 }),
        sizes,
        (messages, cuts) => {
          const frames = messages.map((message) => encodePeerMessage(message));
          const results = readAll(new FrameReader(LIMIT), cut(join(frames), cuts));
          expect(results).toEqual(
            frames.map((frame) => ({ kind: 'frame', frameKind: 3, body: bodyOf(frame) })),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps bodies it has given out as they were while later chunks arrive', () => {
    const bodies = Array.from({ length: 50 }, (_, i) => new Uint8Array(40 + i).fill(i));
    const stream = join(bodies.map((body) => forge(body)));
    const results = readAll(new FrameReader(LIMIT), cut(stream, [1, 7, 33, 64]));
    expect(results.map((result) => (result.kind === 'frame' ? result.body : undefined))).toEqual(
      bodies,
    );
  });

  it('takes a frame that lies in one chunk without a copy', () => {
    const chunk = join([forge(new Uint8Array(10)), forge(new Uint8Array(20))]);
    for (const result of readAll(new FrameReader(LIMIT), [chunk])) {
      expect(result.kind === 'frame' && result.body.buffer === chunk.buffer).toBe(true);
    }
  });

  const bad: readonly [string, ForgedHeader, RegExp][] = [
    ['a wrong magic number', { magic: 0x4b4e }, /magic/],
    ['an unknown version', { version: 2 }, /version 2/],
    ['an unknown kind', { kind: 9 }, /kind 9/],
    ['kind 0', { kind: 0 }, /kind 0/],
    ['a wrong header checksum', { isHeaderCrcWrong: true }, /header/],
    ['a wrong body checksum', { isBodyCrcWrong: true }, /body/],
    ['a length above the limit', { length: LIMIT + 1 }, /allowed/],
    ['the largest length', { length: 0xffffffff }, /allowed/],
  ];
  it.each(bad)('N5: ends the stream at %s, and never resynchronises', (_, header, reason) => {
    const reader = new FrameReader(LIMIT);
    const good = forge(new Uint8Array(3));
    const results = readAll(reader, [join([good, forge(new Uint8Array(5), header), good])]);
    expect(results).toHaveLength(2);
    expect(results[1]).toMatchObject({ kind: 'error', error: { code: 'OMNIKV_PROTOCOL' } });
    expect(results[1]?.kind === 'error' && results[1].error.reason).toMatch(reason);
    // Good frames that come later change nothing, and take no memory.
    reader.push(good);
    expect(reader.next()).toBe(results[1]);
    expect(reader.bufferedBytes).toBe(0);
  });

  it('N5: judges a length before the body arrives, and takes memory only for what has come', () => {
    const header = forge(new Uint8Array(0), { length: LIMIT + 1 }).subarray(0, 12);
    const tooLong = new FrameReader(LIMIT);
    expect(readAll(tooLong, [header])[0]?.kind).toBe('error');

    // 16 MiB are announced and 1 KiB is sent, a thousand times over.
    const announced = forge(new Uint8Array(0), { length: 1 << 24 }).subarray(0, 12);
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 1_000 }, () => {
      const reader = new FrameReader(1 << 24);
      readAll(reader, [announced, new Uint8Array(512), new Uint8Array(512)]);
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
    expect(readers.every((reader) => reader.bufferedBytes === 12 + 1024)).toBe(true);
  });

  it('stays linear for a large frame that comes in small pieces', () => {
    const frame = forge(new Uint8Array(4 << 20).fill(7));
    const startedAt = performance.now();
    const results = readAll(new FrameReader(8 << 20), cut(frame, [16]));
    expect(results).toHaveLength(1);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('N6: a limit set after the handshake holds from the next frame on', () => {
    const reader = new FrameReader(8);
    reader.push(join([forge(new Uint8Array(8)), forge(new Uint8Array(100))]));
    expect(reader.next()?.kind).toBe('frame');
    reader.setMaxBodyBytes(100);
    expect(reader.next()?.kind).toBe('frame');
    reader.push(forge(new Uint8Array(101)));
    expect(reader.next()?.kind).toBe('error');
  });

  it('takes frames without a body', () => {
    expect(readAll(new FrameReader(LIMIT), [forge(new Uint8Array(0))])).toEqual([
      { kind: 'frame', frameKind: 3, body: new Uint8Array(0) },
    ]);
  });
});
