/**
 * One socket: the frames of a turn leave as one write, pauses keep the order, the end is told once.
 */

import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

import { beforeEach, describe, expect, it } from 'vitest';

import { nodeScheduler } from '../../src/core/platform/node-scheduler.js';
import type { CloseReason } from '../../src/core/transport/close-reason.js';
import { FrameSocket } from '../../src/core/transport/frame-socket.js';
import { forge, join } from '../wire/frames.js';
import { until } from './fixtures.js';

/** As much of a socket as `FrameSocket` uses; every write to the kernel is written down. */
class RecordedSocket extends Duplex {
  readonly writes: Uint8Array[][] = [];
  override _read(): void {
    // Bytes come by `push`.
  }
  override _write(chunk: Uint8Array, _: string, done: () => void): void {
    this.writes.push([new Uint8Array(chunk)]);
    done();
  }
  override _writev(chunks: readonly { chunk: Uint8Array }[], done: () => void): void {
    this.writes.push(chunks.map(({ chunk }) => new Uint8Array(chunk)));
    done();
  }
}

let raw: RecordedSocket;
let socket: FrameSocket;
let frames: number[];
let ends: CloseReason[];

beforeEach(() => {
  raw = new RecordedSocket();
  frames = [];
  ends = [];
  socket = new FrameSocket(raw as unknown as Socket, {
    maxBodyBytes: 1_000,
    maxSendBufferBytes: 300_000,
    scheduler: nodeScheduler,
  });
  socket.setHandlers({
    onFrame: (_, body) => frames.push(body[0] ?? -1),
    onClose: (reason) => ends.push(reason),
  });
});

const frame = (first: number, sizeBytes = 10): Uint8Array =>
  forge(new Uint8Array(sizeBytes).fill(first));

describe('sending', () => {
  it('turns the frames of one turn into one write', async () => {
    for (let i = 0; i < 20; i++) socket.send(frame(i));
    expect(raw.writes).toEqual([]);
    await until(() => raw.writes.length > 0, 'a write');
    expect(raw.writes).toEqual([[join(Array.from({ length: 20 }, (_, i) => frame(i)))]]);
    expect(socket.traffic).toMatchObject({ framesSent: 20, bytesSent: 20 * 26 });
  });

  it('keeps what is queued for the flush of its owner, and asks for no turn of its own', async () => {
    expect(socket.queue(frame(1))).toBe(true);
    await new Promise(setImmediate);
    expect(raw.writes).toEqual([]);
    socket.flush();
    expect(raw.writes).toEqual([[frame(1)]]);
  });

  it('writes at once when the owner says that its turn is over', async () => {
    socket.send(frame(1));
    socket.flush();
    expect(raw.writes).toHaveLength(1);
    socket.send(frame(2));
    await until(() => raw.writes.length === 2, 'the next turn');
  });

  it('hands large frames on without copying them together', () => {
    const large = [forge(new Uint8Array(100_000)), forge(new Uint8Array(50_000))];
    for (const one of large) socket.send(one);
    socket.flush();
    expect(raw.writes).toHaveLength(1);
    expect(raw.writes[0]?.map((chunk) => chunk.length)).toEqual(large.map((one) => one.length));
  });

  it('R3, R4: beyond the bound the connection is given up, and nothing more is taken', async () => {
    const large = forge(new Uint8Array(200_000));
    expect(socket.send(large)).toBe(true);
    expect(socket.send(large)).toBe(false);
    expect(socket.send(frame(1))).toBe(false);
    expect(ends).toEqual([]);
    await until(() => ends.length === 1, 'the end is told');
    expect(ends[0]?.kind).toBe('sendBufferFull');
    expect(socket.waitingBytes).toBe(0);
  });
});

describe('receiving', () => {
  it('keeps the order over pauses inside a chunk', async () => {
    socket.setHandlers({
      onFrame: (_, body) => {
        frames.push(body[0] ?? -1);
        if (frames.length === 2) socket.pause();
        if (frames.length === 3) {
          socket.pause();
          socket.resume();
        }
      },
      onClose: (reason) => ends.push(reason),
    });
    raw.push(join([frame(1), frame(2), frame(3)]));
    await until(() => frames.length === 2, 'two frames');
    raw.push(join([frame(4), frame(5)]));
    await new Promise((resolve) => {
      nodeScheduler.defer(() => {
        resolve(undefined);
      });
    });
    expect(frames).toEqual([1, 2]);
    socket.resume();
    await until(() => frames.length === 5, 'the rest');
    expect(frames).toEqual([1, 2, 3, 4, 5]);
  });

  it('N5: hands out nothing behind a bad frame, and tells why it closed, once', async () => {
    raw.push(join([frame(1), forge(new Uint8Array(2), { isBodyCrcWrong: true }), frame(3)]));
    await until(() => ends.length === 1, 'the end is told');
    expect(frames).toEqual([1]);
    expect(ends).toEqual([{ kind: 'protocolError', detail: 'frame body: wrong checksum' }]);
  });

  it('hands out nothing after close, though more has arrived', async () => {
    socket.setHandlers({
      onFrame: (_, body) => {
        frames.push(body[0] ?? -1);
        socket.close({ kind: 'closedHere' });
      },
      onClose: (reason) => ends.push(reason),
    });
    raw.push(join([frame(1), frame(2)]));
    await until(() => ends.length === 1, 'the end is told');
    expect(frames).toEqual([1]);
    expect(ends).toEqual([{ kind: 'closedHere' }]);
  });

  it('counts what the other end did as ordinary', async () => {
    raw.push(frame(1));
    raw.push(null);
    await until(() => ends.length === 1, 'the end is told');
    expect(ends).toEqual([{ kind: 'disconnected', detail: undefined }]);
    expect(frames).toEqual([1]);
  });
});
