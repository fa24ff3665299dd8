/**
 * omnikv batch: many operations from a file or standard input, one a line; answers as NDJSON.
 *
 * One object for each operation, in the order of the lines. It reads no faster than the cluster
 * answers and the reader reads. Ctrl-C, and a reader that goes away, end it between operations:
 * what was sent is waited for, what was not sent says so.
 */

import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { string } from '@oclif/core/args';
import { AnsweredError } from '../cli/answered-error.js';
import { BatchRun } from '../cli/batch-run.js';
import type { BatchLine } from '../cli/batch-run.js';
import { countFlag } from '../cli/count-flag.js';
import { timeoutFlag } from '../cli/flags.js';
import { Interruption } from '../cli/interruption.js';
import { MAX_LINE_BYTES, readLines } from '../cli/line-reader.js';
import { parseOperationLine } from '../cli/operation-line.js';
import type { ParsedOperation } from '../cli/operation-line.js';
import { runOperation } from '../cli/operation-outcome.js';
import { readError } from '../cli/read-input.js';
import { StoreCommand } from '../cli/store-command.js';
import { OmnikvError } from '../core/errors.js';
import { MAX_CLIENT_SESSIONS } from '../core/limits.js';

export default class Batch extends StoreCommand {
  static override summary = 'Run many operations, one a line; answer each as a line of JSON.';
  static override description =
    "A line is an operation as its command has it (put key 5, put greeting 'hello world' --text, " +
    'get key, del a b, incr counter 2, cas key 5 6, scan user: --limit 10), or a JSON object ' +
    '({"op":"put","key":"a","value":5}). # begins a comment. Operations on different keys run side ' +
    'by side, those on one key in the order of their lines; a scan waits for all before it. Answers ' +
    'come in the order of the lines.';
  static override examples = [
    '<%= config.bin %> batch operations.txt',
    "printf 'put a 1\\nincr a\\nget a\\n' | <%= config.bin %> batch",
    '<%= config.bin %> batch operations.ndjson --concurrency 256 --json',
  ];
  static override args = {
    file: string({ description: 'a file, or - for standard input (-)', ignoreStdin: true }),
  };
  static override flags = {
    concurrency: countFlag({
      name: 'concurrency',
      command: 'batch',
      max: MAX_CLIENT_SESSIONS,
      typical: 64,
      description: 'operations in flight',
    }),
    timeout: timeoutFlag(),
  };

  readonly #interruption = new Interruption();

  protected override interrupt(): void {
    if (!this.#interruption.interrupt()) super.interrupt();
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Batch);
    const path = args.file ?? '-';
    const client = await this.openClient(flags);
    const input = path === '-' ? process.stdin : createReadStream(path);
    const batch = new BatchRun({
      concurrency: Number(flags.concurrency),
      run: async (operation) => {
        return await runOperation(client, operation, {
          deadlineMs: flags.timeout,
          changesAs: 'sessions',
        });
      },
      write: (lines) => this.output.lines(lines),
      onStop: () => input.destroy(),
    });
    const { signal } = this.#interruption;
    signal.addEventListener('abort', () => batch.stop('the batch was interrupted'));
    this.#interruption.begin();
    try {
      if (path === '-' && process.stdin.isTTY) {
        this.output.note('operations from the terminal, one a line; Ctrl-D ends');
      }
      await batch.run(this.#linesOf(input, path));
    } finally {
      this.#interruption.end();
      client.close();
      input.destroy();
    }
    this.#conclude(batch);
  }

  async *#linesOf(input: Readable, path: string): AsyncGenerator<BatchLine, void> {
    try {
      for await (const line of readLines(input)) {
        const parsed = line.kind === 'text' ? parseOperationLine(line.text) : unreadable(line.kind);
        if (parsed !== undefined) yield { line: line.number, parsed };
      }
    } catch (cause) {
      // Where the run was stopped, the input was closed on purpose.
      if (isClosed(cause)) return;
      throw readError(path, cause, 'omnikv batch FILE names a file, - is standard input');
    }
  }

  #conclude(batch: BatchRun): void {
    const { tally, stopReason } = batch;
    const answer = tally.toJson();
    const summary =
      stopReason === undefined ? '' : `; ${stopReason}: the lines behind were not read`;
    this.#interruption.throwIfInterrupted(`${tally.describe()}${summary}`, answer, [
      'the last line of the output is the last that was read',
    ]);
    const error = tally.error();
    if (error === undefined) {
      this.output.success(answer);
      return;
    }
    const { suggestions } = error;
    const message = `${error.message}${summary}`;
    const told = new OmnikvError(error.code, message, { suggestions, cause: error });
    throw new AnsweredError(told, answer);
  }
}

function unreadable(kind: 'notUtf8' | 'tooLong'): ParsedOperation {
  const isLong = kind === 'tooLong';
  const message = isLong ? `a line has at most ${MAX_LINE_BYTES} bytes` : 'the line is no UTF-8';
  const next = isLong
    ? 'put values that are larger with omnikv put KEY --file PATH'
    : 'bytes are written as base64: put KEY aGVsbG8= --base64';
  const error = new OmnikvError('OMNIKV_USAGE', message, { suggestions: [next] });
  return { kind: 'bad', column: 1, error };
}

function isClosed(cause: unknown): boolean {
  if (!(cause instanceof Error) || !('code' in cause)) return false;
  return cause.code === 'ERR_STREAM_PREMATURE_CLOSE' || cause.code === 'ABORT_ERR';
}
