/**
 * What the checks need to see of a node.
 *
 * `shadow`, `disk` and `pid` may be asked for at any time; `consensus`, `stateMachine` and `replica`
 * only where `isAlive`.
 */

import type { KvStateMachine } from '../../kv/kv-state-machine.js';
import type { OmniPaxos } from '../../omnipaxos/omnipaxos.js';
import type { FileSystem } from '../../platform/ports.js';
import type { Replica } from '../../replica/replica.js';
import type { NodeShadow } from './node-shadow.js';

export interface ObservedNode {
  readonly pid: number;
  /** Counts the starts of its process. */
  readonly life: number;
  readonly isAlive: boolean;
  /** Its disk was damaged at rest: what is missing there proves nothing. */
  readonly isDamaged: boolean;
  readonly shadow: NodeShadow;
  readonly disk: {
    /** What a power cut would leave that loses everything unsynced. */
    durableCopy(): FileSystem;
  };
  readonly consensus: Pick<OmniPaxos<Uint8Array>, 'getDecidedIdx' | 'getCurrentLeader'>;
  readonly stateMachine: KvStateMachine;
  readonly replica: Pick<Replica, 'pendingCount'>;
}
