/**
 * For commands that must put something right before they end, whatever ends them.
 *
 * Between `begin` and `end`, Ctrl-C, SIGTERM, a closed terminal and a reader of the pipe that went
 * away all become one abort. A second Ctrl-C ends the command at once.
 */

import { OmnikvError } from '../core/errors.js';
import { AnsweredError } from './answered-error.js';
import type { JsonObject } from './output.js';

const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGPIPE'] as const;

export class Interruption {
  readonly #abort = new AbortController();
  readonly #onSignal = (name: NodeJS.Signals, signalNumber?: number): void => {
    // The kernel's own SIGPIPE is of any socket: a node that closed one is no reader that went.
    if (name !== 'SIGPIPE' || signalNumber === undefined) this.#abortBy(name);
  };
  #by = '';
  #isActive = false;

  get isInterrupted(): boolean {
    return this.#abort.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  begin(): void {
    this.#isActive = true;
    for (const name of SIGNALS) process.on(name, this.#onSignal);
  }

  /** All is put right: from now on signals do what they always do. */
  end(): void {
    this.#isActive = false;
    for (const name of SIGNALS) process.removeListener(name, this.#onSignal);
  }

  /** Ctrl-C. False where it ends the command at once. */
  interrupt(): boolean {
    if (!this.#isActive || this.isInterrupted) return false;
    this.#abortBy('SIGINT');
    return true;
  }

  #abortBy(signal: NodeJS.Signals): void {
    if (!this.isInterrupted) this.#by = signal;
    this.#abort.abort();
  }

  /** Ends early where it is interrupted. */
  async sleep(durationMs: number): Promise<void> {
    const { signal } = this.#abort;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  throwIfInterrupted(message: string, answer: JsonObject, next = ['omnikv status']): void {
    if (!this.isInterrupted) return;
    const error = new OmnikvError('OMNIKV_INTERRUPTED', `${message} (${this.#by})`, {
      suggestions: next,
    });
    throw new AnsweredError(error, answer);
  }
}
