/**
 * Shows that long work goes on: nothing for half a second, then a step line.
 *
 * On a terminal the line has a spinner and ends as ✓ or ✗; elsewhere it is a plain line at the
 * start and one at the end. It writes to standard error only, and nothing under --json.
 */

import { formatDuration } from './duration.js';
import type { Output } from './output.js';

const SHOW_AFTER_MS = 500;
const FRAME_MS = 80;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const CLEAR_LINE = '\r\u001b[K';

export interface StepControl {
  /** What is going on now, behind the label. */
  detail(text: string): void;
}

/** Runs `work`; shows `label` while it takes longer than half a second. */
export async function runStep<Result>(
  output: Output,
  label: string,
  work: (control: StepControl) => Promise<Result>,
): Promise<Result> {
  if (output.isJson) return await work({ detail: () => undefined });
  const line = new StepLine(output, label);
  try {
    const result = await work({ detail: (text) => line.setDetail(text) });
    line.finish('✓');
    return result;
  } catch (error) {
    line.finish('✗');
    throw error;
  }
}

class StepLine {
  readonly #output: Output;
  readonly #label: string;
  readonly #startedMs = performance.now();
  readonly #delay: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #isShown = false;
  #frame = 0;
  #detail = '';
  #printedDetail = '';

  constructor(output: Output, label: string) {
    this.#output = output;
    this.#label = label;
    this.#delay = setTimeout(() => this.#show(), SHOW_AFTER_MS);
    this.#delay.unref();
  }

  setDetail(text: string): void {
    this.#detail = text;
    if (this.#isShown && !this.#output.isStderrTerminal) this.#printPlain();
  }

  finish(mark: '✓' | '✗'): void {
    clearTimeout(this.#delay);
    clearInterval(this.#timer);
    if (!this.#isShown) return;
    const took = formatDuration(performance.now() - this.#startedMs);
    const painted = this.#output.paint(mark, mark === '✓' ? 'green' : 'red', this.#output.stderr);
    const prefix = this.#output.isStderrTerminal ? CLEAR_LINE : '';
    this.#output.stderr.write(`${prefix}${painted} ${this.#label} (${took})\n`);
  }

  #show(): void {
    this.#isShown = true;
    if (!this.#output.isStderrTerminal) {
      this.#output.stderr.write(`${this.#label} …\n`);
      if (this.#detail !== '') this.#printPlain();
      return;
    }
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
    this.#timer.unref();
  }

  #draw(): void {
    const frame = FRAMES[this.#frame % FRAMES.length] ?? '';
    this.#frame += 1;
    const text = this.#detail === '' ? this.#label : `${this.#label}: ${this.#detail}`;
    // A terminal may say that it has 0 columns.
    const { columns = 0 } = this.#output.stderr;
    const width = (columns === 0 ? 80 : columns) - 3;
    this.#output.stderr.write(`${CLEAR_LINE}${frame} ${text.slice(0, Math.max(width, 10))}`);
  }

  #printPlain(): void {
    if (this.#detail === this.#printedDetail) return;
    this.#printedDetail = this.#detail;
    this.#output.stderr.write(`  ${this.#detail}\n`);
  }
}
