/**
 * What a leader knows of each follower's log, and the stream of AcceptDecide to it.
 *
 * Messages are made when the owner takes them: one per follower holds everything appended since.
 * The stream is optimistic: it runs ahead of Accepted, up to a window (R3), and starts again where
 * a fresh Promise says (H2, H5). A slow follower never holds up the others.
 */

import type { Ballot, LogIndex, Pid } from './ballot.js';
import type { MessageBody } from './messages.js';
import type { ReplicatedLog } from './replicated-log.js';
import { MAX_CHUNK_BYTES, MAX_INFLIGHT_BYTES } from '../limits.js';

interface InflightChunk {
  readonly endIdx: LogIndex;
  readonly sizeBytes: number;
}

interface Chunk<T> {
  readonly firstIdx: LogIndex;
  readonly entries: readonly T[];
  readonly sizeBytes: number;
}

interface FollowerProgress {
  /** The next entry to send; undefined while no AcceptSync of this ballot was sent. */
  nextIdx: LogIndex | undefined;
  announcedDecidedIdx: LogIndex;
  inflight: InflightChunk[];
  inflightBytes: number;
  windowBytes: number;
}

export class Replication<T> {
  readonly #ballot: Ballot;
  readonly #log: ReplicatedLog<T>;
  readonly #followers: Map<Pid, FollowerProgress>;
  /** Of the messages that are being made. */
  #lastChunk: Chunk<T> | undefined;

  constructor(options: { ballot: Ballot; log: ReplicatedLog<T>; peers: readonly Pid[] }) {
    this.#ballot = options.ballot;
    this.#log = options.log;
    // H6, H20: by pid; pids may be sparse and large.
    this.#followers = new Map(
      options.peers.map((pid) => [
        pid,
        startingAt(undefined, { announcedDecidedIdx: 0, windowBytes: MAX_INFLIGHT_BYTES }),
      ]),
    );
  }

  /** The follower's log agrees with ours up to `nextIdx`, or will when an AcceptSync arrives. */
  start(pid: Pid, nextIdx: LogIndex, announcedDecidedIdx: LogIndex): void {
    const windowBytes = MAX_INFLIGHT_BYTES;
    this.#followers.set(pid, startingAt(nextIdx, { announcedDecidedIdx, windowBytes }));
  }

  /**
   * Something was lost or overtaken. What is sent now may be lost as well: one chunk at first (R3),
   * for over a link that reorders, most of a whole window would be sent in vain.
   */
  startAgain(pid: Pid, nextIdx: LogIndex, announcedDecidedIdx: LogIndex): void {
    const windowBytes = MAX_CHUNK_BYTES;
    this.#followers.set(pid, startingAt(nextIdx, { announcedDecidedIdx, windowBytes }));
  }

  /** Until a fresh Promise arrives nothing is sent. */
  stop(pid: Pid): void {
    const follower = this.#followers.get(pid);
    if (follower !== undefined) follower.nextIdx = undefined;
  }

  /** Everything in the log is on its way to it. */
  isAllSent(pid: Pid): boolean {
    return this.#followers.get(pid)?.nextIdx === this.#log.acceptedIdx;
  }

  accepted(pid: Pid, acceptedIdx: LogIndex): void {
    const follower = this.#followers.get(pid);
    if (follower === undefined) return;
    let acknowledged = 0;
    for (const chunk of follower.inflight) {
      if (chunk.endIdx > acceptedIdx) break;
      follower.inflightBytes -= chunk.sizeBytes;
      follower.windowBytes = Math.min(MAX_INFLIGHT_BYTES, follower.windowBytes + chunk.sizeBytes);
      acknowledged++;
    }
    follower.inflight.splice(0, acknowledged);
  }

  /** Everything that may be sent now, with the receiver. */
  *takeMessages(): Generator<{ readonly to: Pid; readonly body: MessageBody<T> }> {
    for (const [to, follower] of this.#followers) {
      if (follower.nextIdx === undefined) continue;
      for (;;) {
        const body = this.#nextChunk(follower, follower.nextIdx);
        if (body === undefined) break;
        follower.nextIdx = body.firstIdx + body.entries.length;
        yield { to, body };
      }
      const decidedIdx = Math.min(this.#log.decidedIdx, follower.nextIdx);
      if (decidedIdx > follower.announcedDecidedIdx) {
        follower.announcedDecidedIdx = decidedIdx;
        yield { to, body: { kind: 'decide', n: this.#ballot, decidedIdx } };
      }
    }
    this.#lastChunk = undefined;
  }

  #nextChunk(follower: FollowerProgress, firstIdx: LogIndex) {
    if (firstIdx >= this.#log.acceptedIdx || follower.inflightBytes >= follower.windowBytes) {
      return undefined;
    }
    const { entries, sizeBytes } = this.#chunkAt(firstIdx);
    follower.inflight.push({ endIdx: firstIdx + entries.length, sizeBytes });
    follower.inflightBytes += sizeBytes;
    const decidedIdx = this.#log.decidedIdx;
    follower.announcedDecidedIdx = Math.min(decidedIdx, firstIdx + entries.length);
    return { kind: 'acceptDecide', n: this.#ballot, firstIdx, entries, decidedIdx } as const;
  }

  /** Followers in step get the same array, so that its entries are read and encoded once. */
  #chunkAt(firstIdx: LogIndex): Chunk<T> {
    if (this.#lastChunk?.firstIdx === firstIdx) return this.#lastChunk;
    const entries = this.#log.entries(firstIdx, this.#log.acceptedIdx, MAX_CHUNK_BYTES);
    const sizeBytes = entries.reduce((sum, entry) => sum + this.#log.sizeOf(entry), 0);
    this.#lastChunk = { firstIdx, entries, sizeBytes };
    return this.#lastChunk;
  }
}

function startingAt(
  nextIdx: LogIndex | undefined,
  more: Pick<FollowerProgress, 'announcedDecidedIdx' | 'windowBytes'>,
): FollowerProgress {
  return { nextIdx, inflight: [], inflightBytes: 0, ...more };
}
