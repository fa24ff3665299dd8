/**
 * Between the clients and the nodes: requests and answers as real frames, late but in order.
 *
 * A process that dies closes its connections: what it had answered arrives first, then the news. A
 * node that is stopped takes connections and says nothing (N4).
 */

import { MAX_CLIENT_FRAME_BYTES } from '../limits.js';
import type { ReplySink } from '../replica/index.js';
import {
  decodeClientRequest,
  encodeServerReply,
  FrameReader,
  type ClientRequest,
  type ServerReplyBody,
} from '../wire/index.js';
import type { ClientTransport, SimulatedClient } from './clients/simulated-client.js';
import type { EventQueue } from './event-queue.js';
import type { Prng } from './prng.js';
import type { SimulatedNode } from './simulated-node.js';

export interface ClientTrafficOptions {
  readonly queue: EventQueue;
  readonly prng: Prng;
  readonly meanLatencyUs: number;
  readonly nodes: ReadonlyMap<number, SimulatedNode>;
  readonly clients: ReadonlyMap<number, SimulatedClient>;
  /** Gives what is to be told of each answer to this request, which a node has just been given. */
  readonly onRequest: (node: SimulatedNode, request: ClientRequest) => AnswerListener;
}

export type AnswerListener = (body: ServerReplyBody) => void;

export class ClientTraffic implements ClientTransport {
  readonly pids: readonly number[];
  readonly #options: ClientTrafficOptions;
  /** When the last thing on each way arrives: nothing overtakes it. */
  readonly #arrivals = new Map<string, number>();

  constructor(options: ClientTrafficOptions) {
    this.#options = options;
    this.pids = [...options.nodes.keys()];
  }

  /** False: nobody listens there. */
  send(clientId: number, pid: number, frame: Uint8Array): boolean {
    const node = this.#options.nodes.get(pid);
    if (node?.isAlive !== true) return false;
    const { life } = node;
    this.#later(`client ${clientId} to ${pid}`, () => {
      if (node.life !== life) return;
      node.handle((replica) => {
        const request = decodeClientRequest(bodyOf(frame));
        if (!request.ok) throw new Error(`a client's request: ${request.error.reason}`);
        const onAnswer = this.#options.onRequest(node, request.value);
        replica.submit(this.#sinkOf(clientId, pid, onAnswer), request.value);
      });
    });
    return true;
  }

  /** The process is gone: every client hears it after what it was told before. */
  nodeDied(pid: number): void {
    for (const [clientId, client] of this.#options.clients) {
      this.#later(`${pid} to client ${clientId}`, () => client.onDisconnected(pid));
    }
  }

  #sinkOf(clientId: number, pid: number, onAnswer: AnswerListener): ReplySink {
    return {
      reply: (id, body) => {
        onAnswer(body);
        const frame = encodeServerReply({ id, body });
        this.#later(`${pid} to client ${clientId}`, () => {
          this.#options.clients.get(clientId)?.onReply(pid, bodyOf(frame));
        });
      },
    };
  }

  #later(way: string, arrive: () => void): void {
    const { queue, prng, meanLatencyUs } = this.#options;
    const delayUs = meanLatencyUs * (0.2 - Math.log(1 - prng.fraction()));
    const arrivalUs = Math.max(Math.round(queue.nowUs + delayUs), this.#arrivals.get(way) ?? 0);
    this.#arrivals.set(way, arrivalUs);
    queue.at(arrivalUs, arrive);
  }
}

function bodyOf(frame: Uint8Array): Uint8Array {
  const reader = new FrameReader(MAX_CLIENT_FRAME_BYTES);
  reader.push(frame);
  const result = reader.next();
  if (result?.kind !== 'frame') throw new Error('a frame between client and server is damaged');
  return result.body;
}
