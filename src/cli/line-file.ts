/**
 * A file of lines that are written as they come, many at a time.
 *
 * Only whole lines reach the file, and what waits is written when the process ends: whoever reads
 * it finds a beginning of what was said, and nothing torn.
 */

import { appendFileSync, closeSync, openSync } from 'node:fs';

const BUFFER_LENGTH = 64 * 1024;

export class LineFile {
  readonly #file: number;
  readonly #onExit = (): void => this.#flush();
  #waiting = '';

  /** A file that is there already is emptied. */
  constructor(path: string) {
    this.#file = openSync(path, 'w', 0o666);
    process.on('exit', this.#onExit);
  }

  write(line: string): void {
    this.#waiting += `${line}\n`;
    if (this.#waiting.length >= BUFFER_LENGTH) this.#flush();
  }

  close(): void {
    this.#flush();
    process.removeListener('exit', this.#onExit);
    closeSync(this.#file);
  }

  #flush(): void {
    const lines = this.#waiting;
    this.#waiting = '';
    if (lines !== '') appendFileSync(this.#file, lines);
  }
}
