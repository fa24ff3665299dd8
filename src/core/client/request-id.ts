/**
 * The request id that a person can repeat: `<nonce, 32 hex digits>@<floor index>`.
 */

import { NONCE_BYTES } from '../kv/nonce.js';

export interface RequestId {
  readonly nonce: Uint8Array;
  /** The applied index that a server named before the first sending. */
  readonly floorIdx: number;
}

const PATTERN = /^([0-9a-f]{32})@(0|[1-9][0-9]{0,15})$/;

export function formatRequestId(id: RequestId): string {
  let hex = '';
  for (const byte of id.nonce) hex += byte.toString(16).padStart(2, '0');
  return `${hex}@${id.floorIdx}`;
}

/** Undefined where the text is no request id. */
export function parseRequestId(text: string): RequestId | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, hex, floor] = match as unknown as readonly [string, string, string];
  const floorIdx = Number(floor);
  if (!Number.isSafeInteger(floorIdx)) return undefined;
  const nonce = new Uint8Array(NONCE_BYTES);
  for (let at = 0; at < NONCE_BYTES; at++) {
    nonce[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  }
  return { nonce, floorIdx };
}
