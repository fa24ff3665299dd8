/**
 * Runs the lines of a shell, one operation after the other, and prints what the commands print.
 *
 * The handle on the cluster is made anew when it is old or its cluster did not answer, so that a
 * shell outlives restarts. A one-shot of an old handle could be taken for one long forgotten (K7).
 */

import type { Client } from '../core/client/index.js';
import { EXIT, OmnikvError } from '../core/errors.js';
import { parseOperation, splitOperations } from './operation-line.js';
import type { KeyOperation } from './key-operation.js';
import type { Statement } from './line-syntax.js';
import { outcomeToJson, runOperation } from './operation-outcome.js';
import type { Answer, Outcome } from './operation-outcome.js';
import { OutcomeTally } from './outcome-tally.js';
import type { Output } from './output.js';
import { scanLine, writeValue } from './render-value.js';
import { VERBS, VERB_NAMES, findVerb } from './verb-syntax.js';

const HANDLE_AGE_MS = 5_000;
const COMPLETED_KEYS = 50;
const COMPLETION_MS = 200;

export interface ShellRunOptions {
  readonly output: Output;
  readonly deadlineMs: number;
  readonly open: () => Promise<Client>;
  /** Adds what is known of the nodes. */
  readonly explain: (error: OmnikvError) => Promise<OmnikvError>;
}

export class ShellRun {
  readonly #options: ShellRunOptions;
  readonly tally = new OutcomeTally();
  #client: Client | undefined;
  #openedAtMs = 0;
  #isBusy = false;
  hasUnknown = false;

  constructor(options: ShellRunOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** False where the line says to leave. */
  async line(text: string, number: number): Promise<boolean> {
    const split = splitOperations(text);
    if (split.kind === 'bad') {
      await this.#report(number, { column: split.column }, undefined, failed(split.error));
      return true;
    }
    for (const statement of split.statements) {
      if (!(await this.#statement(text, statement, number))) return false;
      if (this.hasUnknown && !this.#options.output.isTerminal) return true;
    }
    return true;
  }

  /** The operation under way is given up: it ends as failed or as unknown, and says which. */
  abandon(): void {
    this.close();
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  async keys(prefix: string): Promise<readonly string[]> {
    if (this.#isBusy) return [];
    const client = await this.#handle();
    const scan = { prefix, limit: COMPLETED_KEYS, isKeysOnly: true, deadlineMs: COMPLETION_MS };
    const page = await client.scan({ ...scan, consistency: 'local' });
    return page.items.map(({ key }) => key);
  }

  async #statement(
    line: string,
    statement: Statement | 'object',
    number: number,
  ): Promise<boolean> {
    const word = statement === 'object' ? '' : (statement[0]?.text ?? '');
    if (word === 'exit' || word === 'quit') return false;
    if (word === 'help') {
      for (const text of helpOf(statement === 'object' ? '' : (statement[1]?.text ?? '')))
        this.#options.output.line(text);
      return true;
    }
    const parsed = parseOperation(line, statement);
    if (parsed.kind === 'bad') {
      await this.#report(number, { column: parsed.column }, undefined, failed(parsed.error));
      return true;
    }
    await this.#operation(number, parsed.operation);
    return true;
  }

  async #operation(number: number, operation: KeyOperation): Promise<void> {
    this.#isBusy = true;
    try {
      const outcome = await this.#outcomeOf(operation);
      await this.#report(number, {}, operation, outcome);
      const isLost = outcome.kind !== 'ok' && outcome.error.exit === EXIT.unavailable;
      if (isLost || outcome.kind === 'unknown') this.close();
    } finally {
      this.#isBusy = false;
    }
  }

  async #outcomeOf(operation: KeyOperation): Promise<Outcome> {
    const { deadlineMs } = this.#options;
    try {
      const client = await this.#handle();
      return await runOperation(client, operation, { deadlineMs, changesAs: 'oneShots' });
    } catch (error) {
      // No handle: the cluster is gone, or its files cannot be read. The shell outlives it.
      if (error instanceof OmnikvError) return failed(error);
      throw error;
    }
  }

  async #handle(): Promise<Client> {
    if (performance.now() - this.#openedAtMs > HANDLE_AGE_MS) this.close();
    if (this.#client === undefined) {
      this.#client = await this.#options.open();
      this.#openedAtMs = performance.now();
    }
    return this.#client;
  }

  async #report(
    line: number,
    place: { readonly column?: number },
    operation: KeyOperation | undefined,
    outcome: Outcome,
  ): Promise<void> {
    const { output, explain } = this.#options;
    this.tally.add(line, outcome);
    this.hasUnknown ||= outcome.kind === 'unknown';
    output.streamItem({ line, ...place, ...outcomeToJson(operation, outcome) });
    if (output.isJson) return;
    if (outcome.kind === 'ok') this.#print(outcome.answer);
    else {
      if (place.column !== undefined) output.note(`line ${line}, column ${place.column}:`);
      output.failure(await explain(outcome.error));
    }
  }

  #print(answer: Answer): void {
    const { output } = this.#options;
    if (answer.kind === 'value') writeValue(output, answer.found.value);
    else if (answer.kind === 'fallback') output.line(answer.text);
    else if (answer.kind === 'count') output.line(String(answer.count));
    else if (answer.kind === 'items') {
      for (const item of answer.items) output.line(scanLine(item, answer.isKeysOnly));
      if (answer.hasMore) output.note('there is more: --from KEY goes on from a key');
    }
  }
}

function failed(error: OmnikvError): Outcome {
  return { kind: 'failed', error, facts: {} };
}

function helpOf(name: string): readonly string[] {
  const verb = findVerb(name);
  if (verb !== undefined) return [verb.usage, `  ${verb.summary}`];
  return [
    ...VERB_NAMES.map((verbName) => `${VERBS[verbName].usage}\n  ${VERBS[verbName].summary}`),
    'help [OPERATION], exit; ; between operations, # before a comment, quotes around blanks',
  ];
}
