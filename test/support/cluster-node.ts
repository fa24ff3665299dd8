/**
 * One node of a test cluster: an OmniPaxos, its disk, and the owner's loop around them.
 *
 * The loop is the one of the README: inputs, startFlush, durable, takeOutgoingMessages. A paused
 * node takes no input (as under SIGSTOP); a crashed one leaves its disk; a node whose disk failed
 * is never called again (D17).
 */

import { OmnikvError } from '../../src/core/errors.js';
import {
  OmniPaxos,
  type OmniPaxosOptions,
  type ProtocolEvent,
  type ReadOutcome,
} from '../../src/core/omnipaxos/omnipaxos.js';
import type { Message } from '../../src/core/omnipaxos/messages.js';
import { ControlledStorage, Disk } from './controlled-storage.js';

export type NodeState = 'created' | 'running' | 'paused' | 'crashed' | 'failed';

export interface NodeHooks {
  readonly sizeOf: (entry: string) => number;
  readonly onFlush: (node: ClusterNode, complete: () => void) => void;
  readonly onMessage: (node: ClusterNode, message: Message<string>) => void;
  readonly onEvent: (node: ClusterNode, event: ProtocolEvent) => void;
  readonly onRead: (node: ClusterNode, read: ReadOutcome) => void;
  readonly afterEvent: (node: ClusterNode) => void;
}

export class ClusterNode {
  readonly pid: number;
  readonly disk = new Disk<string>();
  state: NodeState = 'created';
  incarnation = 0;
  omniPaxos: OmniPaxos<string>;
  storage: ControlledStorage<string>;
  readonly #options: OmniPaxosOptions<string>;
  readonly #hooks: NodeHooks;
  /** What reaches a paused node, in order. */
  #backlog: (() => void)[] = [];

  constructor(options: OmniPaxosOptions<string>, hooks: NodeHooks) {
    this.pid = options.pid;
    this.#options = options;
    this.#hooks = hooks;
    [this.omniPaxos, this.storage] = this.#build();
  }

  get isRunning(): boolean {
    return this.state === 'running';
  }

  get decided(): readonly string[] {
    return this.omniPaxos.readDecided(0);
  }

  start(): void {
    if (this.state === 'crashed') {
      this.incarnation += 1;
      [this.omniPaxos, this.storage] = this.#build();
      this.omniPaxos.failRecovery();
    }
    this.state = 'running';
    this.#pump();
  }

  /** `keepCount` of the batches that were being written reached the disk. */
  crash(keepCount: number): void {
    this.storage.crash(keepCount);
    this.state = 'crashed';
    this.#backlog = [];
  }

  pause(): void {
    this.state = 'paused';
  }

  resume(): void {
    this.state = 'running';
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const run of backlog) this.input(run);
  }

  /** One input of the protocol, then the owner's loop. Refusals of the caller pass through. */
  input(run: () => void): void {
    if (this.state === 'paused') this.#backlog.push(run);
    if (this.state !== 'running') return;
    try {
      run();
    } catch (error) {
      if (error instanceof OmnikvError) this.#pump();
      throw error;
    }
    this.#pump();
  }

  #build(): [OmniPaxos<string>, ControlledStorage<string>] {
    const incarnation = this.incarnation;
    const storage = new ControlledStorage(this.disk, {
      onFlush: (complete) => {
        this.#hooks.onFlush(this, () => {
          if (this.incarnation === incarnation) this.input(complete);
        });
      },
      sizeOf: this.#hooks.sizeOf,
    });
    return [new OmniPaxos(this.#options, storage), storage];
  }

  #pump(): void {
    const { omniPaxos, storage } = this;
    if (storage.hasUnflushed && !storage.isFlushing) {
      storage.startFlush((outcome) => {
        if (outcome.kind === 'failed') this.state = 'failed';
        else omniPaxos.durable(outcome.position);
      });
    }
    if (this.state !== 'running') return;
    this.#hooks.afterEvent(this);
    for (const message of omniPaxos.takeOutgoingMessages()) this.#hooks.onMessage(this, message);
    for (const event of omniPaxos.takeEvents()) this.#hooks.onEvent(this, event);
    for (const read of omniPaxos.takeReadyReads()) this.#hooks.onRead(this, read);
  }
}
