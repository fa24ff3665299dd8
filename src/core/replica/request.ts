/**
 * A client's request on its way through the replica, and where its answer goes.
 *
 * Each request is answered exactly once, by whoever takes it out of the last place that held it:
 * ok, refused (certainly not applied) or unknown (C4).
 */

import type { ErrorId } from '../errors.js';
import type { Command } from '../kv/command.js';
import type { ClientRequestBody, ServerReplyBody } from '../wire/client-messages.js';

/** One connection of a client. A closed one swallows what it is given. */
export interface ReplySink {
  reply(requestId: number, body: ServerReplyBody): void;
}

export interface Waiter {
  readonly sink: ReplySink;
  readonly requestId: number;
  readonly arrivedAtMs: number;
  readonly deadlineAtMs: number;
}

export type ClientCommand = Exclude<Command, { kind: 'configure' }>;

export interface Proposal extends Waiter {
  readonly command: ClientCommand;
  /** The command as a log entry. */
  readonly entry: Uint8Array;
  readonly sizeBytes: number;
  /** The same request asked for again while it is pending. */
  duplicates: Waiter[] | undefined;
  /** The next pending proposal of the same session. */
  nextOfSession: Proposal | undefined;
  /** Left the pending table: answered, or given up. */
  isSettled: boolean;
}

export type ReadBody = Extract<ClientRequestBody, { kind: 'get' | 'scan' }>;

export interface Read extends Waiter {
  readonly body: ReadBody;
}

export interface Refusal {
  readonly code: ErrorId;
  readonly message: string;
  /** Where to go; 0: not known. */
  readonly leader: number;
}

export function refuse(waiter: Waiter, refusal: Refusal): void {
  const { code, message, leader } = refusal;
  waiter.sink.reply(waiter.requestId, { kind: 'refused', code, message, leader });
}

export function answerUnknown(waiter: Waiter, message: string): void {
  waiter.sink.reply(waiter.requestId, { kind: 'unknown', message });
}

export const SHUTTING_DOWN: Refusal = {
  code: 'OMNIKV_SHUTTING_DOWN',
  message: 'the node is stopping',
  leader: 0,
};

/** C6: only before proposing. */
export const DEADLINE_PASSED: Refusal = {
  code: 'OMNIKV_TIMEOUT',
  message: 'the deadline passed before the request was proposed',
  leader: 0,
};
