/**
 * What a client and a server say to each other, after the handshake.
 *
 * Every request carries an id that the answer repeats; answers come in any order. Deadlines are
 * relative: milliseconds that the client still waits when it sends.
 */

import type { ErrorId } from '../errors.js';
import type { Command, CommandReply, VersionedValue } from '../kv/command.js';

export type Consistency = 'linearizable' | 'local';

export interface ScanRange {
  readonly prefix: string;
  /** First key, inclusive; undefined: from the start. */
  readonly from: string | undefined;
  /** Last key, exclusive; undefined: to the end. */
  readonly to: string | undefined;
  readonly limit: number;
  readonly isReverse: boolean;
  readonly isKeysOnly: boolean;
}

export type ClientRequestBody =
  | { readonly kind: 'execute'; readonly command: Exclude<Command, { kind: 'configure' }> }
  | { readonly kind: 'get'; readonly key: string; readonly consistency: Consistency }
  | { readonly kind: 'scan'; readonly range: ScanRange; readonly consistency: Consistency }
  /** E8. `to` 0: whoever can lead soonest. Since version 3. */
  | { readonly kind: 'handOver'; readonly to: number }
  | { readonly kind: 'status' }
  | { readonly kind: 'ping' }
  /** Read `run/links.json` anew. Since version 4. */
  | { readonly kind: 'reloadFaults' };

export interface ClientRequest {
  readonly id: number;
  readonly deadlineMs: number;
  readonly body: ClientRequestBody;
  /** X7: the client cannot ask the leader itself. Since version 4. */
  readonly isRelayable?: boolean;
}

export interface ScanItem extends VersionedValue {
  readonly key: string;
}

export type ServerReplyBody =
  | { readonly kind: 'executed'; readonly reply: CommandReply }
  /** `appliedIdx`: the state the answer was read from. */
  | {
      readonly kind: 'value';
      readonly found: VersionedValue | undefined;
      readonly appliedIdx: number;
    }
  | {
      readonly kind: 'items';
      readonly items: readonly ScanItem[];
      readonly appliedIdx: number;
      /** True where the answer ended at a limit: ask on from the last key. */
      readonly hasMore: boolean;
    }
  /** UTF-8 JSON of `NodeStatus` (node-status.ts): for people, off the hot path. */
  | { readonly kind: 'status'; readonly json: string }
  | { readonly kind: 'pong' }
  /** Another node leads, this one is in step with it. Since version 3. */
  | { readonly kind: 'handedOver'; readonly leader: number }
  /** Since version 4. */
  | { readonly kind: 'faultsReloaded' }
  /** Certainly not applied by this request. `leader`: where to go (0: not known). */
  | {
      readonly kind: 'refused';
      readonly code: ErrorId;
      readonly message: string;
      readonly leader: number;
    }
  /** Proposed, and the server cannot say what became of it. */
  | { readonly kind: 'unknown'; readonly message: string };

export interface ServerReply {
  readonly id: number;
  readonly body: ServerReplyBody;
}
