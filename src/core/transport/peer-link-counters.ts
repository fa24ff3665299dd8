/**
 * What has happened on the link to one peer since the start. Only ever grows; read by status.
 */

export interface PeerLinkCounters {
  framesSent: number;
  bytesSent: number;
  framesReceived: number;
  bytesReceived: number;
  /** Frames for which there was no connection: lost, and the protocol repeats what it needs. */
  framesDropped: number;
  connects: number;
  dialFailures: number;
  /** Connections of either direction that ended. */
  losses: number;
  sendBufferOverflows: number;
  protocolErrors: number;
  /** N8: inbound connections that a newer one took the place of. */
  replacements: number;
}

export function zeroPeerLinkCounters(): PeerLinkCounters {
  return {
    framesSent: 0,
    bytesSent: 0,
    framesReceived: 0,
    bytesReceived: 0,
    framesDropped: 0,
    connects: 0,
    dialFailures: 0,
    losses: 0,
    sendBufferOverflows: 0,
    protocolErrors: 0,
    replacements: 0,
  };
}
