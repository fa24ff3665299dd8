/**
 * How long a search may go on, counted in steps: the room has no clock (A1).
 */

const STEPS_BETWEEN_QUESTIONS = 4_096;

export class StepBudget {
  #left: number;
  readonly #shouldStop: () => boolean;
  #isStopped = false;

  constructor(maxSteps: number, shouldStop: () => boolean = () => false) {
    this.#left = maxSteps;
    this.#shouldStop = shouldStop;
  }

  /** The owner of the search asked to end it. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  get left(): number {
    return this.#left;
  }

  /** False: no more steps. */
  take(): boolean {
    if (this.#left <= 0 || this.#isStopped) return false;
    this.#left -= 1;
    if (this.#left % STEPS_BETWEEN_QUESTIONS === 0) this.#isStopped = this.#shouldStop();
    return !this.#isStopped;
  }

  /** A part of it, for a search of its own. What it uses is taken from here by `spend`. */
  share(maxSteps: number): StepBudget {
    return new StepBudget(Math.min(maxSteps, this.#left), this.#shouldStop);
  }

  spend(steps: number): void {
    this.#left -= steps;
  }
}
