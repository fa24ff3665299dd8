/**
 * A client handle that writes down what it was asked and what it was answered (docs/formats.md).
 *
 * The beginning of an operation is written before anything of it is sent; an unknown outcome has no
 * end. Left out: scans, reads of one node's own state (C7), and repeats of an earlier request, whose
 * effect may lie before their call.
 */

import {
  formatHistoryEvent,
  HISTORY_HEADER,
  HistoryRecorder,
  historyOperationsOf,
  historyResultOf,
  type HistoryOperation,
  type HistoryResult,
} from '../checker/index.js';
import { EXIT, OmnikvError } from '../errors.js';
import type { Operation, OperationReply } from '../kv/command.js';
import type { Value } from '../kv/value.js';
import { nodeClock } from '../platform/node-clock.js';
import type { Clock } from '../platform/ports.js';
import type { Client } from './client.js';
import { ConditionFailedError } from './condition-failed-error.js';

export interface RecordHistoryOptions {
  /** Takes one line of JSON, without its end; the header comes first. */
  readonly writeLine: (line: string) => void;
  /** Monotonic. The machine's own unless a test brings another. */
  readonly clock?: Clock;
}

/** Errors after which nobody knows whether the change was executed. */
const TELL_NOTHING: readonly string[] = ['OMNIKV_PROTOCOL', 'OMNIKV_INTERNAL'];

/** The same handle; each call of it is recorded. One recording a file. */
export function recordHistory(client: Client, options: RecordHistoryOptions): Client {
  const { writeLine, clock = nodeClock } = options;
  writeLine(HISTORY_HEADER);
  const recorder = new HistoryRecorder({
    nowUs: () => clock.nowMs() * 1_000,
    sink: (event) => writeLine(formatHistoryEvent(event)),
  });
  return recordingClient(client, new CallRecorder(recorder));
}

function recordingClient(client: Client, calls: CallRecorder): Client {
  return {
    ...unrecorded(client),
    put: async (key, value, options = {}) => {
      const { ifAbsent, ifVersion } = options;
      const operation: HistoryOperation = {
        kind: 'put',
        key,
        value: valueOf(value),
        ...(ifAbsent === true ? { ifAbsent } : {}),
        ...(ifVersion === undefined ? {} : { ifVersion }),
      };
      const call = async () => await client.put(key, value, options);
      return await calls.record([operation], call, () => ({ kind: 'stored' }));
    },
    get: async (key, options = {}) => {
      const call = async () => await client.get(key, options);
      if (options.consistency === 'local') return await call();
      return await calls.record([{ kind: 'get', key }], call, (found) => {
        return { kind: 'value', value: found?.value };
      });
    },
    delete: async (keys, options) => {
      const operation: Operation = { kind: 'delete', keys };
      const call = async () => await client.delete(keys, options);
      return await calls.record(historyOperationsOf(operation), call, (count) => {
        return historyResultOf(operation, { kind: 'deleted', count });
      });
    },
    increment: async (key, by = 1n, options = {}) => {
      const call = async () => await client.increment(key, by, options);
      return await calls.record([{ kind: 'increment', key, by }], call, (value) => {
        return { kind: 'number', value };
      });
    },
    compareAndSet: async (key, expected, replacement, options) => {
      const operation: HistoryOperation = {
        kind: 'compareAndSet',
        key,
        expected: valueOf(expected),
        replacement: valueOf(replacement),
      };
      const call = async () => await client.compareAndSet(key, expected, replacement, options);
      return await calls.record([operation], call, () => ({ kind: 'swapped' }));
    },
    change: async (operation, options) => {
      const call = async () => await client.change(operation, options);
      return await calls.recordChange(operation, call);
    },
    execute: async (operation, options = {}) => {
      const call = async () => await client.execute(operation, options);
      return await (options.requestId === undefined ? calls.recordChange(operation, call) : call());
    },
  };
}

/** What no history is about: a scan is not one operation, and the rest touches no key. */
function unrecorded(
  client: Client,
): Pick<
  Client,
  'scan' | 'scanPages' | 'status' | 'ping' | 'reloadFaults' | 'moveLeader' | 'close'
> {
  return {
    scan: async (options) => await client.scan(options),
    scanPages: (options) => client.scanPages(options),
    status: async (pid, options) => await client.status(pid, options),
    ping: async (pid, options) => await client.ping(pid, options),
    reloadFaults: async (pid, options) => {
      await client.reloadFaults(pid, options);
    },
    moveLeader: async (options) => await client.moveLeader(options),
    close: () => client.close(),
  };
}

/** Gives each call under way a number, the lowest that is free: callers, as a reader sees them. */
class CallRecorder {
  readonly #recorder: HistoryRecorder;
  readonly #busy: boolean[] = [];

  constructor(recorder: HistoryRecorder) {
    this.#recorder = recorder;
  }

  async record<Answer>(
    operations: readonly HistoryOperation[],
    call: () => Promise<Answer>,
    resultOf: (answer: Answer) => HistoryResult | undefined,
  ): Promise<Answer> {
    const caller = this.#take();
    const ids = operations.map((operation) => this.#recorder.began(caller, operation));
    try {
      const answer = await call();
      for (const id of ids) this.#recorder.ended(id, resultOf(answer));
      this.#busy[caller] = false;
      return answer;
    } catch (error) {
      // C4: a caller whose outcome is unknown is never heard of again.
      if (isCertain(error)) {
        for (const id of ids) this.#endFailed(id, error);
        this.#busy[caller] = false;
      }
      throw error;
    }
  }

  async recordChange(
    operation: Operation,
    call: () => Promise<OperationReply>,
  ): Promise<OperationReply> {
    return await this.record(historyOperationsOf(operation), call, (reply) => {
      return historyResultOf(operation, reply);
    });
  }

  #take(): number {
    const free = this.#busy.indexOf(false);
    const caller = free >= 0 ? free : this.#busy.length;
    this.#busy[caller] = true;
    return caller;
  }

  #endFailed(id: number, error: OmnikvError): void {
    const result = resultOfError(error);
    if (result === undefined) this.#recorder.failed(id);
    else this.#recorder.ended(id, result);
  }
}

function isCertain(error: unknown): error is OmnikvError {
  if (!(error instanceof OmnikvError)) return false;
  return error.exit !== EXIT.unknownOutcome && !TELL_NOTHING.includes(error.code);
}

/** An answer that came as an error; undefined: the operation was not executed. */
function resultOfError(error: OmnikvError): HistoryResult | undefined {
  if (error instanceof ConditionFailedError) {
    return { kind: 'conditionFailed', actual: { value: error.actual?.value } };
  }
  if (error.code === 'OMNIKV_NOT_A_NUMBER') return { kind: 'notANumber' };
  return error.code === 'OMNIKV_OVERFLOW' ? { kind: 'overflow' } : undefined;
}

function valueOf(value: bigint | Value): Value {
  return typeof value === 'bigint' ? { kind: 'u64', value } : value;
}
