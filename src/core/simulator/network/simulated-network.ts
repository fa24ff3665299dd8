/**
 * The network of a simulated cluster: connections, one each way, that carry bytes in virtual time.
 *
 * It moves bytes and understands none; it never changes one (frames guard themselves). A frame is
 * lost or delivered whole, except where its connection ends inside it. Up and down are told as
 * `transport/peer-link.ts` tells them, and only to a node that is up.
 *
 * A cut is of one direction and stays so: it ends the connection that carries this direction, or, if
 * silent, swallows its frames; the answer to a handshake the other way always gets through.
 */

import { HANDSHAKE_TIMEOUT_MS } from '../../limits.js';
import type { EventQueue } from '../event-queue.js';
import type { NetworkPlan } from '../plan.js';
import type { Prng } from '../prng.js';
import { Connection } from './connection.js';
import { FrameFate, type NetworkEvent } from './frame-fate.js';
import { LinkEnd } from './link-end.js';
import { FAIR, Path, type LinkWeather } from './path.js';

export interface NetworkHandlers {
  /** A chunk of the stream of that connection, in order inside it; frames may be split anywhere. */
  onBytes(to: number, from: number, bytes: Uint8Array, connection: number): void;
  onUp(at: number, peer: number): void;
  onDown(at: number, peer: number): void;
}

export interface SimulatedNetworkOptions {
  readonly pids: readonly number[];
  readonly prng: Prng;
  readonly queue: EventQueue;
  readonly plan: NetworkPlan;
  readonly handlers: NetworkHandlers;
  readonly onEvent?: (event: NetworkEvent) => void;
}

export type { NetworkEvent } from './frame-fate.js';

const US_PER_MS = 1_000;

export class SimulatedNetwork {
  readonly #options: SimulatedNetworkOptions;
  readonly #queue: EventQueue;
  readonly #fate: FrameFate;
  readonly #paths = new Map<number, Map<number, Path>>();
  /** The ends at the nodes that are up. */
  readonly #ends = new Map<number, Map<number, LinkEnd>>();
  /** Handshakes that a silent cut holds up: they get through when it heals in time. */
  readonly #heldDials = new Map<Path, Connection>();
  #connectionCount = 0;

  constructor(options: SimulatedNetworkOptions) {
    this.#options = options;
    this.#queue = options.queue;
    const { prng, pids, plan } = options;
    this.#fate = new FrameFate({ plan, prng: prng.split('chunks'), onEvent: options.onEvent });
    for (const from of pids) {
      const paths = new Map<number, Path>();
      for (const to of pids) {
        if (to === from) continue;
        paths.set(to, new Path({ from, to, prng: prng.split(`${from}→${to}`), plan }));
      }
      this.#paths.set(from, paths);
    }
  }

  /** Dropped where there is no connection. */
  send(from: number, to: number, frame: Uint8Array): void {
    const connection = this.#end(from, to)?.openOutbound;
    if (connection === undefined) return;
    const isTaken = this.#fate.send(connection, frame);
    if (!isTaken) this.#break(connection);
  }

  /** The process has started: it accepts connections, and dials. */
  nodeUp(pid: number): void {
    if (this.#ends.has(pid)) return;
    const ends = new Map<number, LinkEnd>();
    this.#ends.set(pid, ends);
    for (const path of this.#pathsFrom(pid).values()) ends.set(path.to, this.#createEnd(path));
    for (const end of ends.values()) end.connect();
  }

  /** The process has died; its peers hear it, after all that its kernel still delivers. */
  nodeDown(pid: number): void {
    const ends = this.#ends.get(pid);
    if (ends === undefined) return;
    this.#ends.delete(pid);
    for (const end of ends.values()) {
      const { outboundConnection, inboundConnection } = end;
      end.close();
      outboundConnection?.endAfterPrefix();
      if (inboundConnection !== undefined) this.#closedByReceiver(inboundConnection);
    }
  }

  cut(from: number, to: number): void {
    const path = this.#path(from, to);
    if (path.isCut) return;
    path.isCut = true;
    const connection = this.#end(from, to)?.outboundConnection;
    if (connection !== undefined && !this.#options.plan.isCutSilent) this.#break(connection);
  }

  heal(from: number, to: number): void {
    const path = this.#path(from, to);
    path.isCut = false;
    const held = this.#heldDials.get(path);
    if (held === undefined) return;
    this.#heldDials.delete(path);
    this.#queue.after(path.drawLatencyUs(), () => {
      this.#dialArrives(held);
    });
  }

  healAll(): void {
    for (const paths of this.#paths.values()) {
      for (const { from, to } of paths.values()) this.heal(from, to);
    }
  }

  /** What is under way and what is sent meanwhile waits. */
  clog(from: number, to: number, untilUs: number): void {
    const path = this.#path(from, to);
    path.clogUntilUs = Math.max(path.clogUntilUs, untilUs);
  }

  /** Until it is set anew; connections stay. */
  setWeather(from: number, to: number, weather: LinkWeather): void {
    this.#path(from, to).weather = weather;
  }

  /** Both ends hold the connection that carries this direction; it may be cut silently. */
  isConnected(from: number, to: number): boolean {
    const connection = this.#end(from, to)?.openOutbound;
    return (
      connection !== undefined &&
      !connection.isEnded &&
      this.#end(to, from)?.inboundConnection === connection
    );
  }

  isCut(from: number, to: number): boolean {
    return this.#path(from, to).isCut;
  }

  /** No loss, duplication, reordering or break from now on; latency, cuts and clogs stay. */
  mend(): void {
    this.#fate.mend();
    for (const paths of this.#paths.values())
      for (const path of paths.values()) path.weather = FAIR;
  }

  #createEnd(path: Path): LinkEnd {
    const { handlers } = this.#options;
    return new LinkEnd({
      at: path.from,
      peer: path.to,
      queue: this.#queue,
      prng: path.prng,
      handlers: {
        dial: () => this.#dial(path),
        onClosedHere: (connection) => {
          this.#tell('replaced', connection.path);
          this.#closedByReceiver(connection);
        },
        onUp: (at, peer) => {
          handlers.onUp(at, peer);
        },
        onDown: (at, peer) => {
          handlers.onDown(at, peer);
        },
      },
    });
  }

  #dial(path: Path): Connection {
    const connection = new Connection({
      number: ++this.#connectionCount,
      path,
      queue: this.#queue,
      handlers: {
        onChunk: (from, bytes) => {
          this.#deliver(from, bytes);
        },
        onStreamEnd: () => {
          this.#end(path.to, path.from)?.inboundClosed(connection);
        },
      },
    });
    const arrivalUs = this.#queue.nowUs + path.drawLatencyUs();
    this.#queue.at(Math.max(arrivalUs, path.clogUntilUs), () => {
      this.#dialArrives(connection);
    });
    this.#queue.after(HANDSHAKE_TIMEOUT_MS * US_PER_MS, () => {
      this.#dialTimesOut(connection);
    });
    return connection;
  }

  #dialArrives(connection: Connection): void {
    const { path } = connection;
    if (connection.isEnded) return;
    const receiver = this.#end(path.to, path.from);
    if (path.isCut && this.#options.plan.isCutSilent) {
      this.#heldDials.set(path, connection);
    } else if (path.isCut || receiver === undefined) {
      this.#break(connection);
    } else {
      receiver.accept(connection);
      this.#queue.after(this.#path(path.to, path.from).drawLatencyUs(), () => {
        if (connection.isEnded) return;
        this.#tell('connected', path);
        this.#end(path.from, path.to)?.opened(connection);
      });
    }
  }

  #dialTimesOut(connection: Connection): void {
    const { path } = connection;
    const end = this.#end(path.from, path.to);
    if (end?.outboundConnection !== connection || end.openOutbound === connection) return;
    if (this.#heldDials.get(path) === connection) this.#heldDials.delete(path);
    connection.end();
    end.dialFailed(connection);
    this.#queue.after(path.drawLatencyUs(), () => {
      this.#end(path.to, path.from)?.inboundClosed(connection);
    });
  }

  #deliver(connection: Connection, bytes: Uint8Array): void {
    const { from, to } = connection.path;
    if (this.#end(to, from)?.inboundConnection !== connection) return;
    this.#options.handlers.onBytes(to, from, bytes, connection.number);
  }

  /** All that is in flight is lost, and each end hears it in its own time. */
  #break(connection: Connection): void {
    const { path } = connection;
    connection.end();
    this.#queue.after(path.drawLatencyUs(), () => {
      this.#end(path.to, path.from)?.inboundClosed(connection);
    });
    this.#closedByReceiver(connection);
  }

  #closedByReceiver(connection: Connection): void {
    const { from, to } = connection.path;
    connection.end();
    this.#queue.after(this.#path(to, from).drawLatencyUs(), () => {
      this.#end(from, to)?.outboundClosed(connection);
    });
  }

  #tell(kind: NetworkEvent['kind'], { from, to }: Path): void {
    this.#options.onEvent?.({ kind, from, to });
  }

  #end(at: number, peer: number): LinkEnd | undefined {
    return this.#ends.get(at)?.get(peer);
  }

  #pathsFrom(pid: number): Map<number, Path> {
    const paths = this.#paths.get(pid);
    if (paths === undefined) throw new RangeError(`node ${pid} is not in this network`);
    return paths;
  }

  #path(from: number, to: number): Path {
    const path = this.#pathsFrom(from).get(to);
    if (path === undefined) throw new RangeError(`no link ${from} → ${to} in this network`);
    return path;
  }
}
