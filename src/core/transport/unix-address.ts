/**
 * Paths of Unix sockets. N2: Linux takes 107 bytes, and Node cuts a longer path silently, so that
 * two nodes would meet on one socket, or a client on none. Checked before every listen and connect.
 */

import { OmnikvError } from '../errors.js';
import { MAX_SOCKET_PATH_BYTES } from '../limits.js';

const encoder = new TextEncoder();

export function isSocketPathShortEnough(path: string): boolean {
  return socketPathBytes(path) <= MAX_SOCKET_PATH_BYTES;
}

/** Throws `OMNIKV_PATH_TOO_LONG`. */
export function checkSocketPath(path: string): void {
  const sizeBytes = socketPathBytes(path);
  if (sizeBytes <= MAX_SOCKET_PATH_BYTES) return;
  throw new OmnikvError(
    'OMNIKV_PATH_TOO_LONG',
    `The socket path ${path} has ${sizeBytes} bytes; ${MAX_SOCKET_PATH_BYTES} are allowed.`,
  );
}

function socketPathBytes(path: string): number {
  return encoder.encode(path).length;
}
