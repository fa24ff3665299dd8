/**
 * A client of ZooKeeper, as small as the benchmark needs it: one session on one connection.
 *
 * Requests of one turn of the event loop leave as one write, and as many as wanted are under way.
 * No reconnecting: a connection that ends fails what is under way and everything afterwards.
 */

import { once } from 'node:events';
import * as net from 'node:net';
import { FrameWriter, readFrames } from '../skeleton/frames.js';
import { encodeJute, readConnectReply, readReplyHeader, type JuteField } from './jute.js';

const OPERATION = { create: 1, getData: 4, setData: 5, sync: 9, ping: 11, closeSession: -11 };
const PING_XID = -2;
const SESSION_TIMEOUT_MS = 10_000;
const ANY_VERSION = -1;
const PERSISTENT = 0;
/** One entry: everything is allowed to everybody. */
const OPEN_TO_ALL: readonly JuteField[] = [1, 31, 'world', 'anyone'];

export const ZOOKEEPER_ERROR = { noNode: -101, nodeExists: -110 } as const;

interface Waiting {
  readonly answered: (error: number) => void;
  readonly failed: (error: Error) => void;
}

export class ZooKeeperClient {
  readonly #socket: net.Socket;
  readonly #writer: FrameWriter;
  readonly #waiting = new Map<number, Waiting>();
  readonly #pings: NodeJS.Timeout;
  #lastXid = 0;
  #end: Error | undefined;

  static async connect(port: number): Promise<ZooKeeperClient> {
    const socket = net.connect(port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    return await new Promise((resolve, reject) => {
      const client = new ZooKeeperClient(socket, () => resolve(client), reject);
    });
  }

  private constructor(socket: net.Socket, ready: () => void, refused: (error: Error) => void) {
    this.#socket = socket;
    this.#writer = new FrameWriter(socket, 'big-endian');
    this.#pings = setInterval(() => this.#send(PING_XID, OPERATION.ping), SESSION_TIMEOUT_MS / 3);
    const handshake = { answered: ready, failed: refused };
    this.#waiting.set(0, handshake);
    let isConnected = false;
    readFrames(
      socket,
      (body) => {
        if (isConnected) this.#receive(body);
        else if (readConnectReply(body).sessionId === 0n) socket.destroy(new Error('no session'));
        else {
          isConnected = true;
          this.#receive(encodeJute([0, 0n, 0]));
        }
      },
      'big-endian',
    );
    socket.once('error', (error) => this.#fail(error));
    socket.once('close', () => this.#fail(new Error('ZooKeeper closed the connection')));
    this.#writer.write(encodeJute([0, 0n, SESSION_TIMEOUT_MS, 0n, Buffer.alloc(16), false]));
  }

  /** Each answers 0 or an error's code. */
  async create(path: string, data: Buffer): Promise<number> {
    return await this.#call(OPERATION.create, path, data, ...OPEN_TO_ALL, PERSISTENT);
  }

  async setData(path: string, data: Buffer): Promise<number> {
    return await this.#call(OPERATION.setData, path, data, ANY_VERSION);
  }

  /** The sync before it makes the read see every write that was acknowledged to anybody. */
  async getData(path: string): Promise<number> {
    // Both leave at once: a session's requests are executed in their order.
    const [synced, read] = await Promise.all([
      this.#call(OPERATION.sync, path),
      this.#call(OPERATION.getData, path, false),
    ]);
    return synced === 0 ? read : synced;
  }

  async close(): Promise<void> {
    await this.#call(OPERATION.closeSession);
    this.#socket.end();
  }

  async #call(operation: number, ...fields: readonly JuteField[]): Promise<number> {
    if (this.#end !== undefined) throw this.#end;
    const xid = ++this.#lastXid;
    return await new Promise((answered, failed) => {
      this.#waiting.set(xid, { answered, failed });
      this.#send(xid, operation, ...fields);
    });
  }

  #send(xid: number, operation: number, ...fields: readonly JuteField[]): void {
    this.#writer.write(encodeJute([xid, operation, ...fields]));
  }

  #receive(body: Buffer): void {
    const { xid, error } = readReplyHeader(body);
    const waiting = this.#waiting.get(xid);
    this.#waiting.delete(xid);
    waiting?.answered(error);
  }

  #fail(error: Error): void {
    clearInterval(this.#pings);
    this.#end ??= error;
    for (const { failed } of this.#waiting.values()) failed(this.#end);
    this.#waiting.clear();
  }
}
