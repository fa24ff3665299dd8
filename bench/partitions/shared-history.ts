/**
 * One history of several clients: each records its own calls, and all write into one file.
 *
 * Invariants: one clock for all, which gives no microsecond twice, so that the order of the file's
 * times is the order in which things happened; ids and callers differ between the clients.
 */

import { closeSync, openSync, writeSync } from 'node:fs';
import type { RecordHistoryOptions } from 'omnikv/client';

const FLUSH_CHARACTERS = 64 * 1024;

interface NumberedLine {
  readonly id?: number;
  readonly client?: number;
}

export class SharedHistory {
  readonly #fd: number;
  readonly #clientCount: number;
  #pending = '';
  #hasHeader = false;
  #isOpen = true;
  #lastUs = -1;

  constructor(path: string, clientCount: number) {
    this.#fd = openSync(path, 'w');
    this.#clientCount = clientCount;
  }

  /** For the client with this number, from 0. */
  recording(client: number): RecordHistoryOptions {
    return {
      writeLine: (line) => this.#write(renumbered(line, client, this.#clientCount)),
      clock: { nowMs: () => this.#nowMs() },
    };
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#flush();
    closeSync(this.#fd);
  }

  #write(line: string): void {
    // What ends after the file was closed stays open in it: nobody waited for its outcome.
    if (!this.#isOpen) return;
    const isHeader = line.includes('"format"') && line.includes('"version"');
    if (isHeader && this.#hasHeader) return;
    this.#hasHeader ||= isHeader;
    this.#pending += `${line}\n`;
    if (this.#pending.length > FLUSH_CHARACTERS) this.#flush();
  }

  #flush(): void {
    writeSync(this.#fd, this.#pending);
    this.#pending = '';
  }

  /** Whole microseconds and a half: who multiplies and rounds down gets the whole ones back. */
  #nowMs(): number {
    this.#lastUs = Math.max(Math.floor(performance.now() * 1_000), this.#lastUs + 1);
    return (this.#lastUs + 0.5) / 1_000;
  }
}

/** The header has neither number and stays as it is. */
export function renumbered(line: string, client: number, clientCount: number): string {
  const fields = JSON.parse(line) as NumberedLine;
  const own = (number: number): number => number * clientCount + client;
  return JSON.stringify({
    ...fields,
    ...(fields.id === undefined ? {} : { id: own(fields.id) }),
    ...(fields.client === undefined ? {} : { client: own(fields.client) }),
  });
}
