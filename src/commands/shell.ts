/**
 * omnikv shell: the operations on keys, typed one after the other, from a pipe, or with -c.
 *
 * Prompts go to a terminal only, and to standard error: standard output carries answers. What is
 * not typed by a person ends at the first unknown outcome, for what follows might overtake it.
 */

import { createInterface } from 'node:readline';
import { boolean, string } from '@oclif/core/flags';
import { AnsweredError } from '../cli/answered-error.js';
import { timeoutFlag } from '../cli/flags.js';
import { Interruption } from '../cli/interruption.js';
import { readLines } from '../cli/line-reader.js';
import { completeLine } from '../cli/shell-completion.js';
import { MAX_HISTORY_LINES, ShellHistory, historyPath } from '../cli/shell-history.js';
import { ShellRun } from '../cli/shell-run.js';
import { StoreCommand, type StoreFlags } from '../cli/store-command.js';
import { usageError } from '../cli/to-omnikv-error.js';
import { OmnikvError } from '../core/errors.js';

const PROMPT = 'omnikv> ';

export default class Shell extends StoreCommand {
  static override summary = 'Type operations on keys one after the other; answer each at once.';
  static override description =
    'put, get, del, incr, cas and scan as the commands have them, quotes and # as in a POSIX shell, ' +
    '; between operations. help lists them; Ctrl-C abandons a line, Ctrl-D leaves. What is typed is ' +
    'kept in $XDG_STATE_HOME/omnikv/history, but for lines that begin with a blank.';
  static override examples = [
    "<%= config.bin %> shell -c 'put a 1; get a'",
    "printf 'incr visits\\nget visits\\n' | <%= config.bin %> shell",
  ];
  static override flags = {
    command: string({ char: 'c', description: 'run these operations', helpValue: 'LINE' }),
    'no-history': boolean({ description: 'neither read nor keep what is typed' }),
    timeout: timeoutFlag(),
  };

  readonly #interruption = new Interruption();

  protected override interrupt(): void {
    if (!this.#interruption.interrupt()) super.interrupt();
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Shell);
    await this.findCluster(flags);
    const shell = this.#newShell(flags);
    const isInteractive = flags.command === undefined && process.stdin.isTTY;
    try {
      if (isInteractive) {
        await this.#interact(shell, flags['no-history']);
        return;
      }
      this.#interruption.begin();
      await this.#runLines(shell, flags.command);
    } finally {
      this.#interruption.end();
      shell.close();
    }
    this.#conclude(shell);
  }

  #newShell(flags: StoreFlags): ShellRun {
    return new ShellRun({
      output: this.output,
      deadlineMs: flags.timeout,
      open: async () => await this.openClient(flags),
      explain: async (error) => {
        const explained = await this.withNextStep(error);
        return explained instanceof OmnikvError ? explained : error;
      },
    });
  }

  async #runLines(shell: ShellRun, command: string | undefined): Promise<void> {
    const { signal } = this.#interruption;
    signal.addEventListener('abort', () => {
      shell.abandon();
      if (command === undefined) process.stdin.destroy();
    });
    const texts = command?.split('\n').map((text, at) => ({ number: at + 1, text }));
    for await (const { number, text } of texts ?? inputLines()) {
      if (signal.aborted || !(await shell.line(text, number)) || shell.hasUnknown) break;
    }
  }

  #conclude(shell: ShellRun): void {
    const answer = shell.tally.toJson();
    this.#interruption.throwIfInterrupted(shell.tally.describe(), answer);
    const error = shell.tally.error();
    if (error === undefined) this.output.success(answer);
    // Each error was told when it came; under --json the stream ends with the envelope.
    else if (this.output.isJson) throw new AnsweredError(error, answer);
    else process.exitCode = error.exit;
  }

  async #interact(shell: ShellRun, isWithoutHistory: boolean): Promise<void> {
    const history = isWithoutHistory ? undefined : new ShellHistory(historyPath(process.env));
    if (history?.problem !== undefined) this.output.note(`no history: ${history.problem}`);
    const terminal = createInterface({
      input: process.stdin,
      output: process.stderr,
      prompt: PROMPT,
      history: [...(history?.lines ?? [])],
      historySize: MAX_HISTORY_LINES,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
        void completeLine(line, async (prefix) => await keysOrNone(shell, prefix)).then(
          ([hits, typed]) => done(null, [[...hits], typed]),
        );
      },
    });
    terminal.on('SIGINT', () => {
      if (shell.isBusy) shell.abandon();
      else {
        for (const name of ['e', 'u']) terminal.write(null, { ctrl: true, name });
        process.stderr.write('^C\n');
        terminal.prompt();
      }
    });
    this.output.note('help lists the operations, Ctrl-D leaves');
    terminal.prompt();
    let number = 0;
    for await (const line of terminal) {
      history?.add(line);
      number += 1;
      if (!(await shell.line(line, number))) break;
      terminal.prompt();
    }
    terminal.close();
  }
}

async function* inputLines(): AsyncGenerator<{ number: number; text: string }, void> {
  try {
    for await (const line of readLines(process.stdin)) {
      if (line.kind === 'text') yield line;
      else throw usageError('shell', `line ${line.number} is too long or no UTF-8`);
    }
  } catch (cause) {
    const isClosed = cause instanceof Error && 'code' in cause;
    if (!isClosed || cause.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw cause;
  }
}

/** Completion is a help, never an error. */
async function keysOrNone(shell: ShellRun, prefix: string): Promise<readonly string[]> {
  try {
    return await shell.keys(prefix);
  } catch (error) {
    if (error instanceof OmnikvError) return [];
    throw error;
  }
}
