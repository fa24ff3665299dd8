/**
 * Who may connect (N6): one decision, first row that fits.
 *
 *     no protocol version in common   unsupportedVersion
 *     another cluster                 wrongCluster
 *     meant for another node          wrongTarget
 *     the node is stopping            shuttingDown
 *     a peer we do not know           unknownPeer
 *     a client, and the house is full tooManyConnections
 *     otherwise                       accepted, with the highest common version
 *
 * The configuration id is not looked at: nodes of two configurations must be able to talk.
 */

import type { Pid } from '../omnipaxos/ballot.js';
import type { Hello, Rejection, RejectionReason } from '../wire/index.js';
import { PROTOCOL_VERSIONS } from '../wire/index.js';
import { areBytesEqual } from './dial.js';

export interface Host {
  readonly pid: Pid;
  readonly clusterId: Uint8Array;
  readonly isStopping: boolean;
  readonly isFull: boolean;
  isPeer(pid: Pid): boolean;
}

export type HelloVerdict = { readonly kind: 'accepted'; readonly version: number } | Rejection;

export function judgeHello(hello: Hello, host: Host): HelloVerdict {
  const { lowest, highest } = PROTOCOL_VERSIONS;
  const version = Math.min(hello.highestVersion, highest);
  if (version < Math.max(hello.lowestVersion, lowest)) {
    const theirs = `${hello.lowestVersion} to ${hello.highestVersion}`;
    return rejected('unsupportedVersion', `versions ${lowest} to ${highest}, not ${theirs}`);
  }
  if (!areBytesEqual(hello.clusterId, host.clusterId)) {
    return rejected('wrongCluster', `node ${host.pid} belongs to another cluster`);
  }
  if (hello.to !== host.pid) {
    return rejected('wrongTarget', `this is node ${host.pid}, not ${hello.to}`);
  }
  if (host.isStopping) return rejected('shuttingDown', `node ${host.pid} is stopping`);
  if (hello.role === 'peer' && !host.isPeer(hello.from)) {
    return rejected('unknownPeer', `node ${hello.from} is no peer of node ${host.pid}`);
  }
  if (hello.role === 'client' && host.isFull) {
    return rejected('tooManyConnections', `node ${host.pid} has no room for another client`);
  }
  return { kind: 'accepted', version };
}

function rejected(reason: RejectionReason, message: string): Rejection {
  return { kind: 'rejected', reason, message };
}
