/**
 * An open loop's clock: when each call is meant to begin, whoever is free then.
 *
 * Calls are meant to begin at equal distances, however slow the answers are; one that finds no free
 * caller begins late and is measured from when it was meant to. What was not even begun by
 * `giveUpMs` is left over in `leftOver`, so that it can be counted and not forgotten.
 */

export interface PacerOptions {
  readonly firstMs: number;
  /** No call is meant to begin from here on. */
  readonly endMs: number;
  readonly giveUpMs: number;
  readonly perSecond: number;
  readonly now: () => number;
  readonly wakeIn: (delayMs: number, wake: () => void) => void;
}

export class Pacer {
  readonly #options: PacerOptions;
  readonly #callCount: number;
  #handedOut = 0;
  #isWakeSet = false;
  readonly #free: ((intendedMs: number | undefined) => void)[] = [];

  constructor(options: PacerOptions) {
    this.#options = options;
    const seconds = Math.max(0, options.endMs - options.firstMs) / 1_000;
    this.#callCount = Math.ceil(seconds * options.perSecond);
  }

  /** When the next call was meant to begin, as soon as that is past; undefined after the last. */
  async next(): Promise<number | undefined> {
    return await new Promise((resolve) => {
      this.#free.push(resolve);
      this.#release();
    });
  }

  /** The intended starts that no caller took. */
  leftOver(): readonly number[] {
    const count = this.#callCount - this.#handedOut;
    return Array.from({ length: count }, (_, i) => this.#intendedMs(this.#handedOut + i));
  }

  #release(): void {
    const nowMs = this.#options.now();
    const isOver = nowMs >= this.#options.giveUpMs;
    while (this.#free.length > 0) {
      const intendedMs = this.#intendedMs(this.#handedOut);
      const isLast = isOver || this.#handedOut >= this.#callCount;
      if (!isLast && intendedMs > nowMs) {
        this.#wakeIn(intendedMs - nowMs);
        return;
      }
      const resolve = this.#free.shift();
      if (!isLast) this.#handedOut += 1;
      resolve?.(isLast ? undefined : intendedMs);
    }
  }

  #wakeIn(delayMs: number): void {
    if (this.#isWakeSet) return;
    this.#isWakeSet = true;
    this.#options.wakeIn(delayMs, () => {
      this.#isWakeSet = false;
      this.#release();
    });
  }

  #intendedMs(call: number): number {
    return this.#options.firstMs + (call * 1_000) / this.#options.perSecond;
  }
}
