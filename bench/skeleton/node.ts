/**
 * The ceiling: what a replicated put costs where nothing is agreed on.
 *
 * A leader and its followers as processes on Unix sockets. A put is appended and fdatasynced by the
 * leader and by enough followers for a majority before its answer; a get asks a follower before
 * its answer. No elections, no recovery, no checksums: it loses data, and it is only there to be
 * measured against.
 *
 * node node.js leader|follower SOCKET FILE [FOLLOWER_SOCKET…]
 */

import * as net from 'node:net';
import { AppendFile } from './append-file.js';
import { FrameWriter, readFrames, u32 } from './frames.js';
import { OPERATION } from './operations.js';

const [role, socketPath, filePath, ...followerPaths] = process.argv.slice(2);
if (socketPath === undefined || filePath === undefined) throw new Error('see the header');

/** What a batch waits for, and who is answered then. */
interface Batch {
  readonly number: number;
  readonly answers: readonly (() => void)[];
}

class Leader {
  readonly #data = new Map<string, Buffer>();
  readonly #file: AppendFile;
  readonly #followers: FrameWriter[];
  /** The last batch that each has confirmed; the leader's own disk is the first. */
  readonly #confirmed: number[];
  readonly #majority: number;
  #arrived: { readonly bytes: Buffer; readonly answer: () => void }[] = [];
  #isTurnDeferred = false;
  #lastBatch = 0;
  readonly #batches: Batch[] = [];

  constructor(path: string, followers: readonly net.Socket[]) {
    this.#confirmed = [0, ...followers.map(() => 0)];
    this.#majority = Math.floor(this.#confirmed.length / 2) + 1;
    this.#followers = followers.map((socket) => new FrameWriter(socket));
    this.#file = new AppendFile(path, (batch) => this.#confirm(0, batch));
    followers.forEach((socket, i) => {
      readFrames(socket, (body) => this.#confirm(i + 1, body.readUInt32LE(0)));
    });
  }

  serve(socket: net.Socket): void {
    const writer = new FrameWriter(socket);
    readFrames(socket, (body) => {
      const id = u32(body.readUInt32LE(0));
      const key = body.toString('latin1', 6, 6 + body.readUInt8(5));
      if (body.readUInt8(4) === OPERATION.put) {
        this.#take(body, () => {
          this.#data.set(key, body.subarray(6 + key.length));
          writer.write(id);
        });
      } else this.#take(undefined, () => writer.write(id, this.#data.get(key) ?? Buffer.alloc(0)));
    });
  }

  #take(bytes: Buffer | undefined, answer: () => void): void {
    this.#arrived.push({ bytes: bytes ?? Buffer.alloc(0), answer });
    if (this.#isTurnDeferred) return;
    this.#isTurnDeferred = true;
    setImmediate(() => this.#turn());
  }

  /** Everything that arrived in a turn is one batch. Without a byte to store, no disk is asked. */
  #turn(): void {
    this.#isTurnDeferred = false;
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#lastBatch += 1;
    const number = this.#lastBatch;
    const bytes = Buffer.concat(arrived.map((request) => request.bytes));
    this.#batches.push({ number, answers: arrived.map((request) => request.answer) });
    for (const follower of this.#followers) follower.write(u32(number), bytes);
    if (bytes.length > 0) this.#file.append(number, bytes);
    else this.#confirm(0, number);
  }

  #confirm(who: number, batch: number): void {
    this.#confirmed[who] = batch;
    const decided = this.#confirmed.toSorted((a, b) => b - a)[this.#majority - 1] ?? 0;
    // The leader answers from its own state, so its own disk is always one of the majority.
    const ready = Math.min(decided, this.#confirmed[0] ?? 0);
    let count = 0;
    for (const { number, answers } of this.#batches) {
      if (number > ready) break;
      for (const answer of answers) answer();
      count += 1;
    }
    this.#batches.splice(0, count);
  }
}

function follow(path: string, leader: net.Socket): void {
  const writer = new FrameWriter(leader);
  const file = new AppendFile(path, (batch) => writer.write(u32(batch)));
  readFrames(leader, (body) => {
    const batch = body.readUInt32LE(0);
    if (body.length === 4) writer.write(u32(batch));
    else file.append(batch, body.subarray(4));
  });
}

async function connected(path: string): Promise<net.Socket> {
  const socket = net.connect(path);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
}

const server = net.createServer();
if (role === 'leader') {
  const leader = new Leader(filePath, await Promise.all(followerPaths.map(connected)));
  server.on('connection', (socket) => leader.serve(socket));
} else server.on('connection', (socket) => follow(filePath, socket));
server.listen(socketPath, () => process.stdout.write('ready\n'));
process.once('SIGTERM', () => process.exit(0));
