/**
 * What every codec promises: the value comes back, equal values have equal bytes, only those bytes
 * decode to them, and no encoding is the beginning of another.
 */

import { crc32 } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  decodeClientRequest,
  decodeCommand,
  decodeHello,
  decodeHelloReply,
  decodePeerMessage,
  decodeServerReply,
  encodeClientRequest,
  encodeCommand,
  encodeHello,
  encodeHelloReply,
  encodePeerMessage,
  encodeServerReply,
  WrittenEntries,
} from '../../src/core/wire/index.js';
import type { Decoded } from '../../src/core/wire/index.js';
import * as arbitrary from './arbitraries.js';
import { bodyOf, valueOf } from './frames.js';

const RUNS = 400;

interface Codec<T> {
  readonly name: string;
  readonly values: fc.Arbitrary<T>;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): Decoded<T>;
}

function suite<T>(codec: Codec<T>): void {
  describe(codec.name, () => {
    it('gives the value back', () => {
      fc.assert(
        fc.property(codec.values, (value) => {
          expect(valueOf(codec.decode(codec.encode(value)))).toMatchObject(value as object);
        }),
        { numRuns: RUNS },
      );
    });

    it('N10: decodes only the one encoding of a value (canonical)', () => {
      fc.assert(
        fc.property(codec.values, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
          const bytes = codec.encode(value).slice();
          const position = at % bytes.length;
          bytes[position] = bytes[position]! ^ flip;
          const decoded = codec.decode(bytes);
          if (decoded.ok) expect(codec.encode(decoded.value)).toEqual(bytes);
        }),
        { numRuns: RUNS },
      );
    });

    it('N10: refuses every proper beginning of an encoding, and trailing bytes', () => {
      fc.assert(
        fc.property(codec.values, fc.nat(255), (value, extra) => {
          const bytes = codec.encode(value);
          for (let length = 0; length < Math.min(bytes.length, 300); length++) {
            expect(codec.decode(bytes.subarray(0, length)).ok).toBe(false);
          }
          expect(codec.decode(Uint8Array.from([...bytes, extra])).ok).toBe(false);
        }),
        { numRuns: 60 },
      );
    });
  });
}

suite({
  name: 'commands',
  values: arbitrary.command,
  encode: encodeCommand,
  decode: decodeCommand,
});
suite({
  name: 'requests of clients',
  values: arbitrary.clientRequest,
  encode: (value) => bodyOf(encodeClientRequest(value)),
  decode: decodeClientRequest,
});
suite({
  name: 'replies of servers',
  values: arbitrary.serverReply,
  encode: (value) => bodyOf(encodeServerReply(value)),
  decode: decodeServerReply,
});
suite({
  name: 'messages between nodes',
  values: arbitrary.peerMessage,
  encode: (value) => bodyOf(encodePeerMessage(value)),
  decode: decodePeerMessage,
});
suite({
  name: 'hellos',
  values: arbitrary.hello,
  encode: (value) => bodyOf(encodeHello(value)),
  decode: decodeHello,
});
suite({
  name: 'replies to hellos',
  values: arbitrary.helloReply,
  encode: (value) => bodyOf(encodeHelloReply(value)),
  decode: decodeHelloReply,
});

describe('entries for several followers', () => {
  it('are the same bytes as for one, whatever is sent between', () => {
    fc.assert(
      fc.property(fc.array(arbitrary.peerMessage, { maxLength: 12 }), (messages) => {
        const written = new WrittenEntries();
        // Each to two receivers, as a leader sends them.
        for (const message of messages) {
          for (const to of [message.to, message.to + 1]) {
            const frame = encodePeerMessage({ ...message, to }, written);
            expect(frame).toEqual(encodePeerMessage({ ...message, to }));
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each([1, 40, 300])('%i of them: each frame has the checksum of its own body', (count) => {
    const entries = Array.from({ length: count }, (_, i) => new Uint8Array(i % 50).fill(i));
    const n = { configurationId: 1, n: 300, priority: 0, pid: 2 };
    const body = { kind: 'acceptDecide', n, firstIdx: 7, entries, decidedIdx: 3 } as const;
    const written = new WrittenEntries();
    for (const to of [1, 3, 4_000]) {
      const frame = encodePeerMessage({ configurationId: 1, from: 2, to, body }, written);
      const end = frame.length - 4;
      const crc = new DataView(frame.buffer, frame.byteOffset).getUint32(end, true);
      expect(crc).toBe(crc32(frame.subarray(12, end)));
    }
  });
});

it.each([1, 64, 65, 1_024])('a decoded value of %i bytes keeps no view into its frame', (size) => {
  const value = { kind: 'bytes', value: new Uint8Array(size) } as const;
  const operation = { kind: 'put', key: 'a', value, condition: undefined } as const;
  const frame = encodeCommand({ kind: 'request', sessionId: 1, sequence: 1, operation }).slice();
  const decoded = valueOf(decodeCommand(frame));
  frame.fill(7);
  expect(decoded).toMatchObject({ operation: { value } });
  const held = (decoded as { operation: { value: { value: Uint8Array } } }).operation.value.value;
  expect(held.buffer.byteLength).toBe(size);
});
