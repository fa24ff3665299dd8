/**
 * A member of etcd as its peers see it: a proxy in front of it, which can be told to drop what goes
 * one way between two members.
 *
 * Who speaks, the first request of a connection tells (`X-Server-From`, the sender's member id in
 * hex); requests without it (version, probes) are passed on. What is dropped, is dropped in silence:
 * the connection stays open, an end included. Afterwards a connection that lost bytes is closed, for
 * what would come next on it makes no sense; so etcd learns at once of the healing.
 */

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const MAX_HEAD_BYTES = 16 * 1024;
const HEAD_END = '\r\n\r\n';

export interface ProxyOptions {
  /** The member behind it. */
  readonly node: number;
  readonly listenPort: number;
  readonly targetPort: number;
  readonly nodeOf: (memberId: string) => number | undefined;
  readonly isCut: (from: number, to: number) => boolean;
}

export class EtcdProxy {
  readonly #server: Server;
  readonly #connections = new Set<ProxiedConnection>();

  private constructor(options: ProxyOptions) {
    this.#server = createServer((near) => {
      const far = connect({ host: '127.0.0.1', port: options.targetPort });
      const connection = new ProxiedConnection(near, far, options);
      this.#connections.add(connection);
      connection.whenClosed(() => this.#connections.delete(connection));
    });
  }

  static async listen(options: ProxyOptions): Promise<EtcdProxy> {
    const proxy = new EtcdProxy(options);
    proxy.#server.listen(options.listenPort, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** To be called after links were healed. */
  closeBroken(): void {
    for (const connection of this.#connections) connection.closeIfBroken();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of this.#connections) connection.close();
    await closed;
  }
}

class ProxiedConnection {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #options: ProxyOptions;
  /** What came before the sender was known. */
  #head = '';
  #memberId: string | undefined;
  #isIdentified = false;
  #isBroken = false;
  #openCount = 2;
  #onClosed: () => void = () => undefined;

  constructor(near: Socket, far: Socket, options: ProxyOptions) {
    this.#near = near;
    this.#far = far;
    this.#options = options;
    near.on('data', (chunk) => this.#fromPeer(chunk));
    far.on('data', (chunk) => {
      if (this.#isAnswerCut()) this.#isBroken = true;
      else pass(chunk, far, near);
    });
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#ended());
    }
  }

  whenClosed(handler: () => void): void {
    this.#onClosed = handler;
  }

  closeIfBroken(): void {
    if (this.#isBroken && !this.#isRequestCut() && !this.#isAnswerCut()) this.close();
  }

  close(): void {
    this.#near.destroy();
    this.#far.destroy();
  }

  #fromPeer(chunk: Buffer): void {
    if (this.#isIdentified) {
      this.#forward(chunk);
      return;
    }
    this.#head += chunk.toString('latin1');
    if (!this.#head.includes(HEAD_END) && this.#head.length < MAX_HEAD_BYTES) return;
    this.#memberId = senderOf(this.#head);
    this.#isIdentified = true;
    this.#forward(Buffer.from(this.#head, 'latin1'));
    this.#head = '';
  }

  #forward(chunk: Buffer): void {
    if (this.#isRequestCut()) this.#isBroken = true;
    else pass(chunk, this.#near, this.#far);
  }

  #isRequestCut(): boolean {
    const sender = this.#sender();
    return sender !== undefined && this.#options.isCut(sender, this.#options.node);
  }

  #isAnswerCut(): boolean {
    const sender = this.#sender();
    return sender !== undefined && this.#options.isCut(this.#options.node, sender);
  }

  /** Asked anew each time: members connect before anybody knows which id is whose. */
  #sender(): number | undefined {
    return this.#memberId === undefined ? undefined : this.#options.nodeOf(this.#memberId);
  }

  #ended(): void {
    this.#openCount -= 1;
    if (this.#openCount === 0) {
      this.#onClosed();
      return;
    }
    // An end does not get through a cut either: the other side waits on.
    if (this.#isRequestCut() || this.#isAnswerCut()) this.#isBroken = true;
    else this.close();
  }
}

/** The member id in hex; undefined where the request has none. */
export function senderOf(head: string): string | undefined {
  const [lines] = head.split(HEAD_END);
  return /^x-server-from:[ \t]*([0-9a-f]+)[ \t]*$/im.exec(lines ?? '')?.[1]?.toLowerCase();
}

/** No faster than it is taken. */
function pass(chunk: Buffer, from: Socket, to: Socket): void {
  if (to.destroyed || to.write(chunk)) return;
  from.pause();
  to.once('drain', () => from.resume());
}
