/**
 * The skeleton's disk: group commit into a file that was filled with zeros before, used round and
 * round, so that a run of any length takes the same space.
 */

import * as fs from 'node:fs';

const FILE_BYTES = 64 * 1024 * 1024;

export class AppendFile {
  readonly #descriptor: number;
  readonly #durable: (batch: number) => void;
  #position = 0;
  #waiting: Buffer[] = [];
  #lastBatch = 0;
  #isBusy = false;

  /** `durable` hears of the last batch that an fdatasync has covered. */
  constructor(path: string, durable: (batch: number) => void) {
    this.#descriptor = fs.openSync(path, 'w', 0o600);
    this.#durable = durable;
    const zeros = Buffer.alloc(1024 * 1024);
    for (let at = 0; at < FILE_BYTES; at += zeros.length) {
      fs.writeSync(this.#descriptor, zeros, 0, zeros.length, at);
    }
    fs.fsyncSync(this.#descriptor);
  }

  append(batch: number, bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#lastBatch = batch;
    this.#flush();
  }

  #flush(): void {
    if (this.#isBusy || this.#waiting.length === 0) return;
    this.#isBusy = true;
    const batch = this.#lastBatch;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    if (this.#position + bytes.length > FILE_BYTES) this.#position = 0;
    fs.writeSync(this.#descriptor, bytes, 0, bytes.length, this.#position);
    this.#position += bytes.length;
    fs.fdatasync(this.#descriptor, (error) => {
      if (error) throw error;
      this.#isBusy = false;
      this.#durable(batch);
      this.#flush();
    });
  }
}
