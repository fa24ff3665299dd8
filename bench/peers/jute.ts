/**
 * ZooKeeper's encoding: big-endian numbers, strings and bytes behind their length.
 *
 * Only what the few requests of the benchmark need; a reply is read at known offsets.
 */

/** A part of a request: numbers are 32 bits wide. */
export type JuteField = number | bigint | string | Buffer | boolean;

export function encodeJute(fields: readonly JuteField[]): Buffer {
  return Buffer.concat(fields.map(encodeField));
}

function encodeField(field: JuteField): Buffer {
  if (typeof field === 'number') return i32(field);
  if (typeof field === 'boolean') return Buffer.from([field ? 1 : 0]);
  if (typeof field !== 'bigint')
    return withLength(typeof field === 'string' ? Buffer.from(field) : field);
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(field);
  return bytes;
}

function withLength(bytes: Buffer): Buffer {
  return Buffer.concat([i32(bytes.length), bytes]);
}

function i32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export interface ReplyHeader {
  /** Which request is answered; negative for pings and events. */
  readonly xid: number;
  /** 0, or one of ZooKeeper's codes. */
  readonly error: number;
}

/** xid (i32), zxid (i64), error (i32), then the answer. */
export function readReplyHeader(body: Buffer): ReplyHeader {
  return { xid: body.readInt32BE(0), error: body.readInt32BE(12) };
}

/** Protocol (i32), timeout (i32), session (i64), password. Session 0 is a refusal. */
export function readConnectReply(body: Buffer): { readonly sessionId: bigint } {
  return { sessionId: body.readBigInt64BE(8) };
}
