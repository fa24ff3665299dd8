/**
 * The skeleton's frames arrive whole, however the stream was cut.
 */

import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';

import { readFrames, u32 } from '../../bench/skeleton/frames.js';

it.each([1, 3, 7, 1_000])('in pieces of %i bytes', (pieceBytes) => {
  const bodies = ['', 'a', 'hello', 'x'.repeat(300)];
  const stream = Buffer.concat(bodies.flatMap((body) => [u32(body.length), Buffer.from(body)]));
  const socket = new PassThrough();
  const seen: string[] = [];
  readFrames(socket as unknown as Socket, (body) => seen.push(body.toString()));
  for (let at = 0; at < stream.length; at += pieceBytes) {
    socket.emit('data', stream.subarray(at, at + pieceBytes));
  }
  expect(seen).toEqual(bodies);
});
