/**
 * Writes down operations as they begin and end, with times that never repeat.
 *
 * All callers of one process share one recorder. Two events of one microsecond get two times, in the
 * order in which they happened: an answer that came before a call is never taken for concurrent.
 */

import type { HistoryEvent, HistoryOperation, HistoryResult } from './history.js';

export interface HistoryRecorderOptions {
  readonly nowUs: () => number;
  readonly sink: (event: HistoryEvent) => void;
}

export class HistoryRecorder {
  readonly #options: HistoryRecorderOptions;
  #lastTimeUs = -1;
  #lastId = 0;

  constructor(options: HistoryRecorderOptions) {
    this.#options = options;
  }

  /** To be called before anything is sent. Gives the operation's id. */
  began(client: number, operation: HistoryOperation): number {
    const id = ++this.#lastId;
    this.#options.sink({ kind: 'began', id, client, call: this.#stampUs(), operation });
    return id;
  }

  /** It was executed. An unknown outcome is never told: the operation stays open. */
  ended(id: number, result: HistoryResult | undefined): void {
    this.#options.sink({ kind: 'ended', id, return: this.#stampUs(), result });
  }

  /** It certainly had no effect. */
  failed(id: number): void {
    this.#options.sink({ kind: 'failed', id });
  }

  #stampUs(): number {
    this.#lastTimeUs = Math.max(Math.floor(this.#options.nowUs()), this.#lastTimeUs + 1);
    return this.#lastTimeUs;
  }
}
