/**
 * The lines that were typed into the shell, in a file that only its owner reads (mode 600).
 *
 * A line that begins with a blank is not kept. A file that cannot be read or written costs the
 * history, never the shell.
 */

import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

export const MAX_HISTORY_LINES = 1_000;
const PRIVATE = 0o600;

/** XDG: a relative directory counts as none. */
export function historyPath(environment: Readonly<Record<string, string | undefined>>): string {
  const state = environment.XDG_STATE_HOME ?? '';
  const base = isAbsolute(state) ? state : join(homedir(), '.local', 'state');
  return join(base, 'omnikv', 'history');
}

export class ShellHistory {
  readonly #path: string;
  /** The newest first, as readline wants it. */
  readonly lines: readonly string[];
  problem: string | undefined;

  constructor(path: string) {
    this.#path = path;
    const lines = this.#try(() => this.#load()) ?? [];
    this.lines = [...lines].reverse();
  }

  add(line: string): void {
    if (line.trim() === '' || /^\s/.test(line) || this.problem !== undefined) return;
    this.#try(() => appendFileSync(this.#path, `${line}\n`, { mode: PRIVATE }));
  }

  #load(): readonly string[] {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    appendFileSync(this.#path, '', { mode: PRIVATE });
    chmodSync(this.#path, PRIVATE);
    const all = readFileSync(this.#path, 'utf8').split('\n').slice(0, -1);
    const kept = all.slice(-MAX_HISTORY_LINES);
    if (all.length > 2 * MAX_HISTORY_LINES) {
      const draft = `${this.#path}.${process.pid}`;
      writeFileSync(draft, kept.map((line) => `${line}\n`).join(''), { mode: PRIVATE });
      renameSync(draft, this.#path);
    }
    return kept;
  }

  #try<Result>(work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }
}
