/**
 * The first frame in each direction of a connection (N6): who is there, and whether they speak.
 *
 *     hello: lowest version | highest version | cluster id (16 bytes) | from | to | role |
 *            configuration id
 *     reply: 1 accepted | version | cluster id | pid | applied index | leader (0: not known)
 *            2 rejected | reason | message
 *
 * Both sides check: the server the hello, the dialler the reply. The configuration id is announced
 * and checked by nobody here: nodes of two configurations must be able to talk.
 */

import { assert } from '../assert.js';
import { MAX_HANDSHAKE_BYTES, MAX_PID } from '../limits.js';
import type { ConfigurationId, LogIndex, Pid } from '../omnipaxos/ballot.js';
import type { ByteReader } from './byte-reader.js';
import { DecodeFailure } from './decode-failure.js';
import type { Decoded } from './decoded.js';
import { decodeAll } from './decoded.js';
import { beginFrame, endFrame, FRAME_KIND } from './frame.js';
import { MAX_MESSAGE_BYTES, writeMessage } from './message-text.js';

/**
 * What this program speaks: an inclusive range. 3 adds the hand-over of the lead (E8), 4 relayed
 * requests (X7) and link faults.
 */
export const PROTOCOL_VERSIONS = { lowest: 2, highest: 4 } as const;
export const HAND_OVER_VERSION = 3;
export const RELAY_VERSION = 4;
export const CLUSTER_ID_BYTES = 16;

export type ConnectionRole = 'peer' | 'client';

export interface Hello {
  readonly lowestVersion: number;
  readonly highestVersion: number;
  readonly clusterId: Uint8Array;
  /** The dialling node; 0 for a client. */
  readonly from: Pid;
  /** The node that the dialler wants. */
  readonly to: Pid;
  readonly role: ConnectionRole;
  /** Announced, not checked; 0 for a client. */
  readonly configurationId: ConfigurationId;
}

export type RejectionReason =
  | 'unsupportedVersion'
  | 'wrongCluster'
  | 'wrongTarget'
  | 'unknownPeer'
  | 'tooManyConnections'
  | 'shuttingDown';

export interface Acceptance {
  readonly kind: 'accepted';
  readonly version: number;
  readonly clusterId: Uint8Array;
  readonly pid: Pid;
  /** The floor of one-shot requests that are sent over this connection. */
  readonly appliedIdx: LogIndex;
  /** A hint; 0 where the node knows no leader. */
  readonly leader: Pid;
}

export interface Rejection {
  readonly kind: 'rejected';
  readonly reason: RejectionReason;
  readonly message: string;
}

export type HelloReply = Acceptance | Rejection;

const ROLE = { peer: 1, client: 2 } as const satisfies Record<ConnectionRole, number>;
const REPLY = { accepted: 1, rejected: 2 } as const satisfies Record<HelloReply['kind'], number>;
const REASONS: readonly RejectionReason[] = [
  'unsupportedVersion',
  'wrongCluster',
  'wrongTarget',
  'unknownPeer',
  'tooManyConnections',
  'shuttingDown',
];
const TYPICAL_BYTES = 64;

export function encodeHello(hello: Hello): Uint8Array {
  assert(hello.clusterId.length === CLUSTER_ID_BYTES, 'a cluster id has 16 bytes');
  const writer = beginFrame(TYPICAL_BYTES);
  writer.u8(hello.lowestVersion);
  writer.u8(hello.highestVersion);
  writer.fixedBytes(hello.clusterId);
  writer.uint(hello.from);
  writer.uint(hello.to);
  writer.u8(ROLE[hello.role]);
  writer.uint(hello.configurationId);
  return endFrame(writer, FRAME_KIND.hello, MAX_HANDSHAKE_BYTES);
}

export function decodeHello(body: Uint8Array): Decoded<Hello> {
  return decodeAll(body, (reader) => ({
    lowestVersion: reader.u8(),
    highestVersion: reader.u8(),
    clusterId: reader.fixedBytes(CLUSTER_ID_BYTES),
    from: reader.uintUpTo(MAX_PID, 'pid'),
    to: reader.uintUpTo(MAX_PID, 'pid'),
    role: readRole(reader),
    configurationId: reader.uint(),
  }));
}

export function encodeHelloReply(reply: HelloReply): Uint8Array {
  const writer = beginFrame(TYPICAL_BYTES);
  writer.u8(REPLY[reply.kind]);
  if (reply.kind === 'accepted') {
    assert(reply.clusterId.length === CLUSTER_ID_BYTES, 'a cluster id has 16 bytes');
    writer.u8(reply.version);
    writer.fixedBytes(reply.clusterId);
    writer.uint(reply.pid);
    writer.uint(reply.appliedIdx);
    writer.uint(reply.leader);
  } else {
    writer.u8(REASONS.indexOf(reply.reason) + 1);
    writeMessage(writer, reply.message);
  }
  return endFrame(writer, FRAME_KIND.helloReply, MAX_HANDSHAKE_BYTES);
}

export function decodeHelloReply(body: Uint8Array): Decoded<HelloReply> {
  return decodeAll(body, readHelloReply);
}

function readHelloReply(reader: ByteReader): HelloReply {
  const kind = reader.u8();
  if (kind === REPLY.accepted) {
    return {
      kind: 'accepted',
      version: reader.u8(),
      clusterId: reader.fixedBytes(CLUSTER_ID_BYTES),
      pid: reader.uintUpTo(MAX_PID, 'pid'),
      appliedIdx: reader.uint(),
      leader: reader.uintUpTo(MAX_PID, 'leader'),
    };
  }
  if (kind !== REPLY.rejected) throw new DecodeFailure(`handshake reply ${kind} is not known`);
  const reason = REASONS[reader.u8() - 1];
  if (reason === undefined) throw new DecodeFailure('a rejection for a reason that is not known');
  return { kind: 'rejected', reason, message: reader.text(MAX_MESSAGE_BYTES, 'message') };
}

function readRole(reader: ByteReader): ConnectionRole {
  const role = reader.u8();
  if (role === ROLE.peer) return 'peer';
  if (role === ROLE.client) return 'client';
  throw new DecodeFailure(`role ${role} is not known`);
}
