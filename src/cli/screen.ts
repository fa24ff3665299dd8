/**
 * A picture that is drawn over and over: in place on a terminal, and elsewhere each picture below
 * the last, only when it has changed.
 */

import type { Output } from './output.js';

const HOME = '\u001b[H';
const CLEAR_TO_END_OF_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export class Screen {
  readonly #output: Output;
  #shown: string | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  /** `key`: what must differ for the picture to count as another; the picture itself if left out. */
  show(lines: readonly string[], key = lines.join('\n')): void {
    if (this.#output.canRedraw) {
      // Line by line over the old picture: a cleared screen would flicker.
      const text = lines.map((line) => `${line}${CLEAR_TO_END_OF_LINE}\n`).join('');
      const first = this.#shown === undefined ? '\u001b[2J' : '';
      this.#output.bytes(Buffer.from(`${first}${HOME}${text}${CLEAR_BELOW}`));
    } else if (key !== this.#shown) {
      if (this.#shown !== undefined) this.#output.line('');
      for (const line of lines) this.#output.line(line);
    }
    this.#shown = key;
  }
}
