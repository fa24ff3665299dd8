/**
 * One protocol instance fed by hand: messages in, flushes when the test says so, messages out.
 *
 * For tests of single rules. Nothing happens by itself: no peer answers, no flush ends and no tick
 * passes unless the test asks for it. Heartbeats are kept apart from the other messages.
 */

import { ZERO_BALLOT, type Ballot } from '../../src/core/omnipaxos/ballot.js';
import type { Message, MessageBody, PromiseMessage } from '../../src/core/omnipaxos/messages.js';
import {
  OmniPaxos,
  type OmniPaxosOptions,
  type ProtocolEvent,
} from '../../src/core/omnipaxos/omnipaxos.js';
import { ControlledStorage, Disk } from './controlled-storage.js';

export type BodyKind = MessageBody<string>['kind'];
export type BodyOf<Kind extends BodyKind> = Extract<MessageBody<string>, { kind: Kind }>;

export const ELECTION_TICKS = 30;
export const RESEND_TICKS = 20;

export function ballot(n: number, pid: number, configurationId = 1, priority = 0): Ballot {
  return { configurationId, n, priority, pid };
}

export interface StepNodeOptions {
  readonly pid?: number;
  readonly peers?: readonly number[];
  readonly protocol?: Partial<OmniPaxosOptions<string>>;
  readonly disk?: Disk<string>;
  readonly sizeOf?: (entry: string) => number;
  /** Whether every input is followed by a flush. Default: yes. */
  readonly flushes?: 'afterEveryInput' | 'whenTold';
}

export class StepNode {
  readonly pid: number;
  readonly peers: readonly number[];
  readonly disk: Disk<string>;
  readonly omniPaxos: OmniPaxos<string>;
  readonly storage: ControlledStorage<string>;
  readonly events: ProtocolEvent[] = [];
  flushes: 'afterEveryInput' | 'whenTold';
  readonly #options: StepNodeOptions;
  #taken: Message<string>[] = [];

  constructor(options: StepNodeOptions = {}) {
    this.#options = options;
    this.pid = options.pid ?? 2;
    this.peers = options.peers ?? [1, 3];
    this.flushes = options.flushes ?? 'afterEveryInput';
    this.disk = options.disk ?? new Disk();
    this.storage = new ControlledStorage(
      this.disk,
      options.sizeOf === undefined ? {} : { sizeOf: options.sizeOf },
    );
    this.omniPaxos = new OmniPaxos(
      { configurationId: 1, pid: this.pid, peers: this.peers, ...options.protocol },
      this.storage,
    );
    this.#afterInput();
  }

  // Inputs

  receive(from: number, body: MessageBody<string>, configurationId = 1): this {
    const message = { configurationId, from, to: this.pid, body };
    return this.input(() => this.omniPaxos.handleIncoming(message));
  }

  append(...entries: string[]): this {
    return this.input(() => this.omniPaxos.appendAll(entries));
  }

  tick(count = 1): this {
    for (let i = 0; i < count; i++) this.input(() => this.omniPaxos.tick());
    return this;
  }

  input(run: () => void): this {
    run();
    this.#afterInput();
    return this;
  }

  /** Begins a flush and leaves it under way. */
  startFlush(): this {
    this.storage.startFlush((outcome) => {
      if (outcome.kind === 'durable') this.omniPaxos.durable(outcome.position);
    });
    return this;
  }

  completeFlush(): this {
    this.storage.completeFlush();
    this.#take();
    return this;
  }

  /** Everything submitted so far becomes durable. */
  flush(): this {
    if (this.storage.isFlushing) this.completeFlush();
    while (this.storage.hasUnflushed) this.startFlush().completeFlush();
    return this;
  }

  /** The process is killed and started again on what is on its disk. */
  restart(options: { readonly keepCount?: number } = {}): StepNode {
    this.storage.crash(options.keepCount ?? 0);
    return new StepNode({ ...this.#options, disk: this.disk, flushes: this.flushes });
  }

  // Effects

  /** The messages that have left since the last look, heartbeats excepted. */
  sent(): MessageBody<string>[] {
    return this.sentMessages().map((message) => message.body);
  }

  sentMessages(): Message<string>[] {
    this.#take();
    const messages = this.#taken.filter((message) => !isHeartbeat(message));
    this.#taken = this.#taken.filter(isHeartbeat);
    return messages;
  }

  /** Everything that has left since the last look, heartbeats included. */
  allSent(): Message<string>[] {
    this.#take();
    return this.#taken.splice(0);
  }

  /** The bodies of one kind that have left since the last look; what else left is forgotten. */
  sentOf<Kind extends BodyKind>(kind: Kind, to?: number): BodyOf<Kind>[] {
    this.#take();
    const messages = this.#taken;
    this.#taken = [];
    return messages
      .filter((message) => to === undefined || message.to === to)
      .map((message) => message.body)
      .filter((body): body is BodyOf<Kind> => body.kind === kind);
  }

  get log(): readonly string[] {
    return this.storage.visible.log;
  }

  get hasTakenOver(): boolean {
    return this.events.some(({ kind }) => kind === 'becameLeader');
  }

  get decidedIdx(): number {
    return this.omniPaxos.getDecidedIdx();
  }

  // Whole exchanges

  /** Follows `n` with the given log, as after Prepare and AcceptSync. */
  follow(n: Ballot, log: readonly string[] = [], decidedIdx = 0): this {
    this.receive(n.pid, prepare(n)).flush();
    this.receive(n.pid, {
      kind: 'acceptSync',
      n,
      firstIdx: this.decidedIdx,
      entries: log.slice(this.decidedIdx),
      decidedIdx,
    }).flush();
    this.sentOf('accepted');
    return this;
  }

  /** Ticks through rounds in which unhappy peers answer, until a Prepare leaves. */
  takeOver(replyFrom: readonly number[] = this.peers): Ballot {
    for (let i = 0; i < 4 * ELECTION_TICKS; i++) {
      this.tick().flush();
      this.#take();
      const prepared = this.#taken.map(({ body }) => body).find((body) => body.kind === 'prepare');
      if (prepared?.kind === 'prepare') return prepared.n;
      this.answerHeartbeats(replyFrom, () => ({}));
    }
    throw new Error(`node ${this.pid} did not take over`);
  }

  /** Leads with promises of peers whose logs are as given; both answer unless told otherwise. */
  lead(promises: ReadonlyMap<number, Partial<PromiseMessage<string>>> = new Map()): Ballot {
    const n = this.takeOver();
    const from = promises.size > 0 ? [...promises.keys()] : this.peers;
    for (const pid of from) this.receive(pid, promise(n, promises.get(pid)));
    if (this.flushes === 'afterEveryInput') this.flush();
    return n;
  }

  /** Leads an empty log and is ready: both peers have accepted it. */
  leadAndBeReady(): Ballot {
    const n = this.lead();
    for (const pid of this.peers) this.receive(pid, { kind: 'accepted', n, acceptedIdx: 0 });
    this.sent();
    return n;
  }

  /** Answers the heartbeat requests that have left; by default as an unhappy node without leader. */
  answerHeartbeats(
    from: readonly number[],
    reply: (pid: number) => Partial<BodyOf<'heartbeatReply'>> = () => ({}),
  ): this {
    this.#take();
    const requests = this.#taken.filter(({ body }) => body.kind === 'heartbeatRequest');
    this.#taken = this.#taken.filter(({ body }) => body.kind !== 'heartbeatRequest');
    for (const { to, body } of requests) {
      if (body.kind !== 'heartbeatRequest' || !from.includes(to)) continue;
      this.receive(to, heartbeatReply(to, body.round, reply(to)));
    }
    return this;
  }

  /** Time passes while the peers follow ballot n and say so. */
  tickFollowed(count: number, n: Ballot, by: readonly number[] = this.peers): this {
    for (let i = 0; i < count; i++) {
      this.tick();
      this.answerHeartbeats(by, () => ({ leader: n, isHappy: true }));
    }
    return this;
  }

  #afterInput(): void {
    if (this.flushes === 'afterEveryInput') this.flush();
    this.#take();
    this.events.push(...this.omniPaxos.takeEvents());
  }

  #take(): void {
    this.#taken.push(...this.omniPaxos.takeOutgoingMessages());
  }
}

// Hand-made messages

export function prepare(n: Ballot, more: Partial<BodyOf<'prepare'>> = {}): BodyOf<'prepare'> {
  return { kind: 'prepare', n, acceptedRound: ZERO_BALLOT, decidedIdx: 0, acceptedIdx: 0, ...more };
}

export function promise(
  n: Ballot,
  more: Partial<PromiseMessage<string>> = {},
): PromiseMessage<string> {
  const acceptedIdx = more.acceptedIdx ?? 0;
  const suffix = { firstIdx: acceptedIdx, entries: [] };
  const acceptedRound = ZERO_BALLOT;
  return { kind: 'promise', n, acceptedRound, decidedIdx: 0, acceptedIdx, suffix, ...more };
}

export function acceptDecide(
  n: Ballot,
  firstIdx: number,
  entries: readonly string[],
  decidedIdx = 0,
): BodyOf<'acceptDecide'> {
  return { kind: 'acceptDecide', n, firstIdx, entries, decidedIdx };
}

export function acceptSync(
  n: Ballot,
  firstIdx: number,
  entries: readonly string[],
  decidedIdx = 0,
): BodyOf<'acceptSync'> {
  return { kind: 'acceptSync', n, firstIdx, entries, decidedIdx };
}

export function decidedEntries(
  decidedRound: Ballot,
  firstIdx: number,
  entries: readonly string[],
): BodyOf<'decidedEntries'> {
  const decidedIdx = firstIdx + entries.length;
  return { kind: 'decidedEntries', firstIdx, entries, decidedIdx, decidedRound };
}

export function heartbeatReply(
  pid: number,
  round: number,
  more: Partial<BodyOf<'heartbeatReply'>> = {},
): BodyOf<'heartbeatReply'> {
  return {
    kind: 'heartbeatReply',
    round,
    ballot: ballot(0, pid),
    leader: ZERO_BALLOT,
    isHappy: false,
    accepted: undefined,
    ...more,
  };
}

function isHeartbeat({ body }: Message<string>): boolean {
  return body.kind === 'heartbeatRequest' || body.kind === 'heartbeatReply';
}
