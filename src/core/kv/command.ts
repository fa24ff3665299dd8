/**
 * What a log entry says to the state machine, and what the state machine answers.
 *
 * A command is decided first and judged afterwards: stale, gap and expired are answers of the state
 * machine, never of a server that has not applied everything (K2).
 */

import type { Value } from './value.js';

export type Condition =
  | { readonly kind: 'absent' }
  /** The key's version: the log index of its last change. */
  | { readonly kind: 'version'; readonly version: number };

/** Changes of the store. Reads never enter the log. */
export type Operation =
  | {
      readonly kind: 'put';
      readonly key: string;
      readonly value: Value;
      readonly condition: Condition | undefined;
    }
  | { readonly kind: 'delete'; readonly keys: readonly string[] }
  /** A missing key counts from 0. */
  | { readonly kind: 'increment'; readonly key: string; readonly by: bigint }
  | {
      readonly kind: 'compareAndSet';
      readonly key: string;
      readonly expected: Value;
      readonly replacement: Value;
    };

export type Command =
  /** The first entry of every log: the limits are replicated state (C3). */
  | { readonly kind: 'configure'; readonly sessionLimit: number; readonly oneShotLimit: number }
  /** `nonce`: 16 random bytes, remembered with the session, so that a repeat finds it. */
  | { readonly kind: 'register'; readonly nonce: Uint8Array }
  | {
      readonly kind: 'request';
      readonly sessionId: number;
      readonly sequence: number;
      readonly operation: Operation;
    }
  /** `floorIdx`: the applied index that the server named before the first sending. */
  | {
      readonly kind: 'oneShot';
      readonly nonce: Uint8Array;
      readonly floorIdx: number;
      readonly operation: Operation;
    };

export type OperationReply =
  /** `version`: the key's version after the put. */
  | { readonly kind: 'stored'; readonly version: number }
  | { readonly kind: 'deleted'; readonly count: number }
  | { readonly kind: 'number'; readonly value: bigint; readonly version: number }
  | { readonly kind: 'swapped'; readonly version: number }
  /** Nothing changed. `actual` is what the key holds; undefined where it has no value. */
  | { readonly kind: 'conditionFailed'; readonly actual: VersionedValue | undefined }
  | { readonly kind: 'notANumber' }
  | { readonly kind: 'overflow' };

export type CommandReply =
  | { readonly kind: 'configured' }
  | { readonly kind: 'registered'; readonly sessionId: number }
  | { readonly kind: 'executed'; readonly reply: OperationReply }
  | { readonly kind: 'stale' }
  | { readonly kind: 'gap' }
  | { readonly kind: 'sessionExpired' }
  | { readonly kind: 'requestExpired' };

export interface VersionedValue {
  readonly value: Value;
  /** The log index of the last change. */
  readonly version: number;
}
