/**
 * The digest of the state for a status answer, where it can be had without holding up others (R8).
 *
 * Making one takes about 2 µs a key. A status is asked for again and again, by `top` and by `verify`:
 * while the node is at work only a small state is gone over, and none twice.
 */

import type { KvStateMachine } from '../kv/kv-state-machine.js';
import { MAX_DIGEST_KEYS, MAX_DIGEST_KEYS_AT_WORK } from '../limits.js';

export class CurrentDigest {
  readonly #stateMachine: Pick<KvStateMachine, 'appliedIdx' | 'keyCount' | 'digest'>;
  #last = { appliedIdx: -1, text: '' };

  constructor(stateMachine: Pick<KvStateMachine, 'appliedIdx' | 'keyCount' | 'digest'>) {
    this.#stateMachine = stateMachine;
  }

  /** Undefined where the state is too large for it. */
  read(isIdle: boolean): string | undefined {
    const { appliedIdx, keyCount } = this.#stateMachine;
    if (this.#last.appliedIdx === appliedIdx) return this.#last.text;
    if (keyCount > (isIdle ? MAX_DIGEST_KEYS : MAX_DIGEST_KEYS_AT_WORK)) return undefined;
    this.#last = { appliedIdx, text: this.#stateMachine.digest() };
    return this.#last.text;
  }
}
