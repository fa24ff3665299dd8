/**
 * stub
 */
export interface ClientGatewayHandlers {
  /** A body for `decodeClientRequest`. Each is answered with one `send`. */
  onRequest(body: Uint8Array): void;
  onClose(): void;
}
export declare class ClientGatewayConnection {
  readonly id: number;
  /** To be called at once, inside `onClient`. */
  setHandlers(handlers: ClientGatewayHandlers): void;
  /** One whole reply frame to one request. Ignored after the connection has closed. */
  send(frame: Uint8Array): void;
  /** Writes now what was queued. */
  flush(): void;
  /** Closes because of a request that could not be decoded (N5). */
  reject(reason: string): void;
  close(): void;
}
