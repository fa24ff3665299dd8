/** What a replica is made of, and whom it tells. */

import type { KvStateMachine } from '../kv/kv-state-machine.js';
import type { Message } from '../omnipaxos/messages.js';
import type { Clock, Logger, Scheduler } from '../platform/ports.js';
import type { RelayMessage } from '../wire/relay-codec.js';
import type { Consensus } from './consensus.js';
import type { TableLimits } from './proposer.js';
import type { TrackedStorage } from './tracked-storage.js';

export interface ReplicaPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
}

export interface ReplicaHandlers {
  /** Messages that may leave now; each to its `to`. */
  readonly onMessages: (messages: readonly Message<Uint8Array>[]) => void;
  /** X7: a request or an answer that is passed on. */
  readonly onRelay: (to: number, message: RelayMessage) => void;
  /** Every answer of the turn has been given: a good moment to write to sockets. */
  readonly onTurnEnd: () => void;
  /** D17: called once. The process must end. */
  readonly onFatal: (error: unknown) => void;
}

export interface ReplicaOptions {
  readonly pid: number;
  /** The other nodes. */
  readonly peers: readonly number[];
  /** Built on `storage`. */
  readonly consensus: Consensus;
  readonly storage: TrackedStorage<Uint8Array>;
  readonly stateMachine: KvStateMachine;
  readonly ports: ReplicaPorts;
  readonly handlers: ReplicaHandlers;
  /** D19. Default: there is always room. */
  readonly hasDiskReserve?: () => boolean;
  /** X7: another one in each life of the node, far from that of every other. */
  readonly firstRelayId: number;
  /** False: that peer does not understand what is relayed. Default: every peer does. */
  readonly canRelayTo?: (pid: number) => boolean;
  /** What this node writes into the first entry of a new log, if it is the one to write it. */
  readonly tableLimits?: TableLimits;
}
