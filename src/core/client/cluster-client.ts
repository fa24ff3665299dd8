/**
 * The client handle on a cluster: checks a call (R5), gives it an exchange, and hands out its result.
 *
 * One promise a call, the one that the caller awaits. Nothing is decided here: dispatcher.ts moves
 * calls, outcome.ts says what may be concluded.
 */

import { OmnikvError } from '../errors.js';
import type { Condition, Operation, OperationReply } from '../kv/command.js';
import { checkKey, checkOperation, type Violation } from '../kv/validate.js';
import { NONCE_BYTES } from '../kv/nonce.js';
import type { Value } from '../kv/value.js';
import { DEFAULT_COMMAND_TIMEOUT_MS, MAX_CLIENT_WAITING_CALLS } from '../limits.js';
import type { ScanRange } from '../wire/client-messages.js';
import type { NodeStatus } from '../wire/node-status.js';
import type { CallRoute } from './call.js';
import type { Client } from './client.js';
import { closedError, Dispatcher, type DispatcherOptions } from './dispatcher.js';
import type { AnswerBody, Exchange, Settle } from './exchange.js';
import { OneShotExchange } from './one-shot-exchange.js';
import type {
  CallOptions,
  ExecuteOptions,
  Found,
  MoveLeaderOptions,
  PutOptions,
  ReadOptions,
  ScanOptions,
  ScanPage,
  Written,
} from './options.js';
import { isForLeader, ReadExchange } from './read-exchange.js';
import { parseRequestId, type RequestId } from './request-id.js';
import { expectReply } from './results.js';
import { readPages } from './scan-pages.js';
import { SessionExchange } from './session-exchange.js';
import { SessionPool } from './session-pool.js';
import { parseNodeStatus } from './status-json.js';

export interface ClusterClientOptions extends DispatcherOptions {
  readonly maxSessions: number;
  readonly deadlineMs: number | undefined;
}

export class ClusterClient implements Client {
  readonly #dispatcher: Dispatcher;
  readonly #pool: SessionPool;
  readonly #newNonce: () => Uint8Array;
  readonly #nowMs: () => number;
  readonly #deadlineMs: number;

  constructor(options: ClusterClientOptions) {
    const { clock, random } = options.ports;
    this.#newNonce = () => random.bytes(NONCE_BYTES);
    this.#nowMs = () => clock.nowMs();
    this.#deadlineMs = options.deadlineMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
    this.#dispatcher = new Dispatcher(options);
    this.#pool = new SessionPool({ maxSessions: options.maxSessions, newNonce: this.#newNonce });
  }

  put(key: string, value: bigint | Value, options: PutOptions = {}): Promise<Written> {
    const condition = conditionOf(options);
    const operation: Operation = { kind: 'put', key, value: valueOf(value), condition };
    return this.#change(operation, options, (reply) => {
      return { version: expectReply(reply, 'stored', key).version };
    });
  }

  get(key: string, options: ReadOptions = {}): Promise<Found | undefined> {
    const violation = checkKey(key);
    if (violation !== undefined) return Promise.reject(errorOfViolation(violation));
    const consistency = options.consistency ?? 'linearizable';
    return this.#ask(
      { kind: 'get', key, consistency },
      'value',
      options,
      ({ found, appliedIdx }) =>
        found === undefined
          ? undefined
          : { value: found.value, version: found.version, appliedIdx },
    );
  }

  delete(keys: readonly string[], options: CallOptions = {}): Promise<number> {
    return this.#change({ kind: 'delete', keys }, options, (reply) => {
      return expectReply(reply, 'deleted', keys[0] ?? '').count;
    });
  }

  increment(key: string, by = 1n, options: CallOptions = {}): Promise<bigint> {
    return this.#change({ kind: 'increment', key, by }, options, (reply) => {
      return expectReply(reply, 'number', key).value;
    });
  }

  compareAndSet(
    key: string,
    expected: bigint | Value,
    replacement: bigint | Value,
    options: CallOptions = {},
  ): Promise<Written> {
    const operation: Operation = {
      kind: 'compareAndSet',
      key,
      expected: valueOf(expected),
      replacement: valueOf(replacement),
    };
    return this.#change(operation, options, (reply) => {
      return { version: expectReply(reply, 'swapped', key).version };
    });
  }

  async scan(options: ScanOptions = {}): Promise<ScanPage> {
    const items = [];
    let appliedIdx = 0;
    for await (const page of this.scanPages(options)) {
      for (const item of page.items) items.push(item);
      appliedIdx = page.appliedIdx;
    }
    return { items, appliedIdx };
  }

  scanPages(options: ScanOptions = {}): AsyncGenerator<ScanPage, void> {
    const consistency = options.consistency ?? 'linearizable';
    return readPages(options, (range: ScanRange) =>
      this.#ask({ kind: 'scan', range, consistency }, 'items', options, (answer) => answer),
    );
  }

  change(operation: Operation, options: CallOptions = {}): Promise<OperationReply> {
    return this.#change(operation, options, (reply) => reply);
  }

  execute(operation: Operation, options: ExecuteOptions = {}): Promise<OperationReply> {
    const id = this.#identify(options.requestId);
    const error = id === undefined ? badRequestId(options.requestId) : refusalOf(operation);
    if (error !== undefined) return Promise.reject(error);
    return this.#start<OperationReply>(options, {}, (settle) => {
      return new OneShotExchange(operation, id!, settle);
    });
  }

  status(pid: number, options: CallOptions = {}): Promise<NodeStatus> {
    return this.#ask({ kind: 'status' }, 'status', { ...options, node: pid }, ({ json }) =>
      parseNodeStatus(json, pid),
    );
  }

  ping(pid: number, options: CallOptions = {}): Promise<number> {
    const startedAtMs = this.#nowMs();
    return this.#ask(
      { kind: 'ping' },
      'pong',
      { ...options, node: pid },
      () => this.#nowMs() - startedAtMs,
    );
  }

  reloadFaults(pid: number, options: CallOptions = {}): Promise<void> {
    return this.#ask(
      { kind: 'reloadFaults' },
      'faultsReloaded',
      { ...options, node: pid },
      () => undefined,
    );
  }

  moveLeader(options: MoveLeaderOptions = {}): Promise<number> {
    const { to = 0, deadlineMs } = options;
    if (to !== 0 && !this.#dispatcher.hasNode(to)) return Promise.reject(unknownNode(to));
    return this.#ask(
      { kind: 'handOver', to },
      'handedOver',
      deadlineMs === undefined ? {} : { deadlineMs },
      ({ leader }) => leader,
    );
  }

  close(): void {
    this.#dispatcher.close();
  }

  #identify(requestId: string | undefined): { readonly nonce: Uint8Array } | RequestId | undefined {
    return requestId === undefined ? { nonce: this.#newNonce() } : parseRequestId(requestId);
  }

  #change<T>(
    operation: Operation,
    options: CallOptions,
    convert: (reply: OperationReply) => T,
  ): Promise<T> {
    const error = refusalOf(operation) ?? this.#overload();
    if (error !== undefined) return Promise.reject(error);
    if (this.#dispatcher.isClosed) return Promise.reject(closedError());
    return new Promise<T>((resolve, reject) => {
      const settle = settleWith(resolve, reject, convert);
      const exchange = new SessionExchange(operation, this.#pool, settle, () => {
        this.#dispatcher.send(call);
      });
      const call = this.#dispatcher.admit(exchange, {}, options.deadlineMs ?? this.#deadlineMs);
      this.#pool.request(exchange);
    });
  }

  #ask<K extends AnswerBody['kind'], T>(
    question: ConstructorParameters<typeof ReadExchange<K>>[0],
    answerKind: K,
    options: ReadOptions,
    convert: (answer: Extract<AnswerBody, { kind: K }>) => T,
  ): Promise<T> {
    const { node } = options;
    if (node !== undefined && !this.#dispatcher.hasNode(node)) {
      return Promise.reject(unknownNode(node));
    }
    const route: CallRoute = isForLeader(question) ? { first: node } : { only: node };
    return new Promise<T>((resolve, reject) => {
      const settle = settleWith(resolve, reject, convert);
      this.#begin(new ReadExchange(question, answerKind, settle), route, options, reject);
    });
  }

  #start<T>(
    options: CallOptions,
    route: CallRoute,
    exchangeFor: (settle: Settle<T>) => OneShotExchange,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#begin(exchangeFor({ resolve, reject }), route, options, reject);
    });
  }

  #begin(
    exchange: Exchange,
    route: CallRoute,
    options: CallOptions,
    reject: (error: OmnikvError) => void,
  ): void {
    if (this.#dispatcher.isClosed) {
      reject(closedError());
      return;
    }
    const deadlineMs = options.deadlineMs ?? this.#deadlineMs;
    const call = this.#dispatcher.admit(exchange, route, deadlineMs);
    this.#dispatcher.send(call, call.startedAtMs);
  }

  /** R1: the line for sessions is bounded. */
  #overload(): OmnikvError | undefined {
    const { waitingCount } = this.#pool;
    if (waitingCount < MAX_CLIENT_WAITING_CALLS) return undefined;
    return new OmnikvError('OMNIKV_OVERLOADED', `${waitingCount} calls of this handle are waiting`);
  }
}

/** The result, or what `convert` throws: nothing of this reaches the event loop of the caller. */
function settleWith<A, T>(
  resolve: (result: T) => void,
  reject: (error: OmnikvError) => void,
  convert: (answer: A) => T,
): Settle<A> {
  return {
    resolve: (answer) => {
      try {
        resolve(convert(answer));
      } catch (error) {
        if (!(error instanceof OmnikvError)) throw error;
        reject(error);
      }
    },
    reject,
  };
}

function valueOf(value: bigint | Value): Value {
  return typeof value === 'bigint' ? { kind: 'u64', value } : value;
}

function conditionOf(options: PutOptions): Condition | undefined {
  if (options.ifAbsent === true) return { kind: 'absent' };
  if (options.ifVersion === undefined) return undefined;
  return { kind: 'version', version: options.ifVersion };
}

function refusalOf(operation: Operation): OmnikvError | undefined {
  const violation = checkOperation(operation);
  return violation === undefined ? undefined : errorOfViolation(violation);
}

function errorOfViolation(violation: Violation): OmnikvError {
  return new OmnikvError(violation.code, violation.message);
}

function badRequestId(text: string | undefined): OmnikvError {
  return new OmnikvError(
    'OMNIKV_USAGE',
    `"${text ?? ''}" is no request id: 32 hex digits, "@" and an index, as the error printed it`,
  );
}

function unknownNode(pid: number): OmnikvError {
  return new OmnikvError('OMNIKV_UNKNOWN_NODE', `there is no node ${pid}`);
}
