/**
 * A socket before a node's own, whose first client gets a greeting and then no answer.
 *
 * Requests reach the node all the same, so what they change is changed: the case of an answer that
 * is lost. Who connects after that client left is served as ever.
 */

import { renameSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

export class MuteSocket {
  readonly #path: string;
  readonly #server: Server;
  #isMute = false;
  #answersKept = 0;

  /** In the place of the socket at `path`; the node's own waits beside it. */
  static async before(path: string): Promise<MuteSocket> {
    renameSync(path, besides(path));
    const muteSocket = new MuteSocket(path);
    await new Promise<void>((resolve) => muteSocket.#server.listen(path, resolve));
    return muteSocket;
  }

  private constructor(path: string) {
    this.#path = path;
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      this.#serve(client, createConnection({ path: besides(path), allowHalfOpen: true }));
    });
  }

  /** Chunks that clients did not get since `mute`. */
  get answersKept(): number {
    return this.#answersKept;
  }

  /** From now on, until a client that was kept waiting has left. */
  mute(): void {
    this.#isMute = true;
    this.#answersKept = 0;
  }

  /** The node's own socket is back in its place; connections that are open stay. */
  restore(): void {
    this.#server.close();
    renameSync(besides(this.#path), this.#path);
  }

  #serve(client: Socket, node: Socket): void {
    let isGreeted = false;
    node.on('data', (chunk) => {
      if (this.#isMute && isGreeted) this.#answersKept++;
      else client.write(chunk);
      isGreeted = true;
    });
    client.on('end', () => (this.#isMute &&= !isGreeted));
    client.pipe(node);
    node.on('end', () => client.end());
    for (const socket of [client, node]) socket.on('error', () => socket.destroy());
  }
}

function besides(path: string): string {
  return `${path}.own`;
}
