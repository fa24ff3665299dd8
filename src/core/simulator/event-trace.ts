/**
 * What happened in a run: every event goes into one hash, and into lines for people who ask.
 *
 * The hash covers times, kinds and contents; two runs of one seed have the same (A1). Texts are made
 * only where somebody reads them.
 */

import type { EventQueue } from './event-queue.js';

export const TRACE_EVENT = {
  send: 1,
  deliver: 2,
  lose: 3,
  link: 4,
  disk: 5,
  node: 6,
  protocol: 7,
  client: 8,
  nemesis: 9,
} as const;

export type TraceEvent = keyof typeof TRACE_EVENT;

/** What stands in the third column of a line, in the order of how often it is met. */
export const LEGEND: readonly string[] = [
  'time        who          what',
  'n2 → n3     node 2 sends to node 3; n2 ⇢ n3: it arrives; n2 ✕ n3: it is lost',
  'c1.n4.p0@2  the ballot: configuration 1, n 4, priority 0, led by node 2',
  '[5, 7)      log entries 5 and 6; decided 5: entries 0 to 4 are decided',
  '*           something that the nemesis, the disk or the network did on purpose',
];

export class EventTrace {
  readonly #queue: EventQueue;
  readonly #onLine: ((line: string) => void) | undefined;
  #eventCount = 0;
  #high = 0x811c9dc5;
  #low = 0x9e3779b9;

  constructor(queue: EventQueue, onLine?: (line: string) => void) {
    this.#queue = queue;
    this.#onLine = onLine;
  }

  get eventCount(): number {
    return this.#eventCount;
  }

  /** `number` and `other` say in numbers what `describe` says in words. */
  record(event: TraceEvent, who: string, numbers: readonly number[], describe: () => string): void {
    this.#eventCount += 1;
    this.#mix(this.#queue.nowUs);
    this.#mix(TRACE_EVENT[event]);
    for (const number of numbers) this.#mix(number);
    if (this.#onLine === undefined) return;
    const timeMs = (this.#queue.nowUs / 1_000).toFixed(3).padStart(10);
    this.#onLine(`${timeMs}  ${who.padEnd(11)}  ${describe()}`);
  }

  /** 16 hex digits. */
  hash(): string {
    const word = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    return word(this.#high) + word(this.#low);
  }

  /** Two lanes of FNV-1a over 32-bit words, the second fed with the first. */
  #mix(value: number): void {
    this.#high = Math.imul(this.#high ^ (value | 0), 0x01000193);
    this.#low = Math.imul(this.#low ^ Math.floor(value / 2 ** 32) ^ this.#high, 0x01000193) + 1;
  }
}

/** The checksum that ends the frame: two halves of 16 bits. */
export function checksumOf(frame: Uint8Array): readonly number[] {
  const at = frame.length - 4;
  const low = (frame[at] ?? 0) | ((frame[at + 1] ?? 0) << 8);
  const high = (frame[at + 2] ?? 0) | ((frame[at + 3] ?? 0) << 8);
  return [frame.length, low, high];
}
