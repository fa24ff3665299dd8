/**
 * Arbitrary values of everything that travels, up to the edges of what may be encoded.
 */

import fc from 'fast-check';

import type {
  Command,
  CommandReply,
  Operation,
  OperationReply,
} from '../../src/core/kv/command.js';
import type { VersionedValue } from '../../src/core/kv/command.js';
import type { Value } from '../../src/core/kv/value.js';
import { MAX_KEY_BYTES, MAX_PID, MAX_SCAN_LIMIT } from '../../src/core/limits.js';
import type { Ballot } from '../../src/core/omnipaxos/ballot.js';
import type { Message, MessageBody } from '../../src/core/omnipaxos/messages.js';
import { ERROR_IDS } from '../../src/core/errors.js';
import type {
  ClientRequest,
  ClientRequestBody,
  Hello,
  HelloReply,
  RelayMessage,
  ScanRange,
  ServerReply,
  ServerReplyBody,
} from '../../src/core/wire/index.js';

export const bytes = (constraints?: fc.IntArrayConstraints): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array(constraints).map((array) => new Uint8Array(array));

/** Favours the places where the encoding changes its length. */
export const uint = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(300),
  fc
    .tuple(fc.integer({ min: 0, max: 53 }), fc.integer({ min: -1, max: 1 }))
    .map(([bits, delta]) => Math.min(Math.max(0, 2 ** bits + delta), Number.MAX_SAFE_INTEGER)),
);
export const pid = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: MAX_PID }));
export const u64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
);
export const text = fc.string({ unit: 'grapheme', maxLength: 100 });
/** Short enough never to be shortened. */
const message = fc.string({ unit: 'grapheme', maxLength: 30 });
export const key = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
    fc.constantFrom('k', '\ufeffwith a mark', '\0', 'é'.repeat(MAX_KEY_BYTES / 2), '__proto__'),
  )
  .filter((candidate) => candidate !== '');

export const value: fc.Arbitrary<Value> = fc.oneof(
  u64.map((number) => ({ kind: 'u64' as const, value: number })),
  text.map((string) => ({ kind: 'text' as const, value: string })),
  bytes({ maxLength: 200 }).map((array) => ({ kind: 'bytes' as const, value: array })),
);
const nonce = bytes({ minLength: 16, maxLength: 16 });

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    key,
    value,
    condition: fc.option(
      fc.oneof(
        fc.constant({ kind: 'absent' as const }),
        uint.map((version) => ({ kind: 'version' as const, version })),
      ),
      { nil: undefined },
    ),
  }),
  fc.record({
    kind: fc.constant('delete' as const),
    keys: fc.array(key, { minLength: 1, maxLength: 8 }),
  }),
  fc.record({ kind: fc.constant('increment' as const), key, by: u64 }),
  fc.record({
    kind: fc.constant('compareAndSet' as const),
    key,
    expected: value,
    replacement: value,
  }),
);

const clientCommand: fc.Arbitrary<Exclude<Command, { kind: 'configure' }>> = fc.oneof(
  fc.record({ kind: fc.constant('register' as const), nonce }),
  fc.record({ kind: fc.constant('request' as const), sessionId: uint, sequence: uint, operation }),
  fc.record({ kind: fc.constant('oneShot' as const), nonce, floorIdx: uint, operation }),
);
export const command: fc.Arbitrary<Command> = fc.oneof(
  clientCommand,
  fc.record({ kind: fc.constant('configure' as const), sessionLimit: uint, oneShotLimit: uint }),
);

const versioned: fc.Arbitrary<VersionedValue> = fc.record({ value, version: uint });
const optionalVersioned = fc.option(versioned, { nil: undefined });
const operationReply: fc.Arbitrary<OperationReply> = fc.oneof(
  fc.record({ kind: fc.constantFrom('stored' as const, 'swapped' as const), version: uint }),
  fc.record({ kind: fc.constant('deleted' as const), count: uint }),
  fc.record({ kind: fc.constant('number' as const), value: u64, version: uint }),
  fc.record({ kind: fc.constant('conditionFailed' as const), actual: optionalVersioned }),
  fc.record({ kind: fc.constantFrom('notANumber' as const, 'overflow' as const) }),
);
const commandReply: fc.Arbitrary<CommandReply> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      'configured' as const,
      'stale' as const,
      'gap' as const,
      'sessionExpired' as const,
      'requestExpired' as const,
    ),
  }),
  fc.record({ kind: fc.constant('registered' as const), sessionId: uint }),
  fc.record({ kind: fc.constant('executed' as const), reply: operationReply }),
);

const consistency = fc.constantFrom('linearizable' as const, 'local' as const);
const bound = fc.option(text, { nil: undefined });
const range: fc.Arbitrary<ScanRange> = fc.record({
  prefix: text,
  from: bound,
  to: bound,
  limit: fc.integer({ min: 0, max: MAX_SCAN_LIMIT }),
  isReverse: fc.boolean(),
  isKeysOnly: fc.boolean(),
});
const requestBody: fc.Arbitrary<ClientRequestBody> = fc.oneof(
  fc.record({ kind: fc.constant('execute' as const), command: clientCommand }),
  fc.record({ kind: fc.constant('get' as const), key, consistency }),
  fc.record({ kind: fc.constant('scan' as const), range, consistency }),
  fc.record({ kind: fc.constantFrom('status' as const, 'ping' as const, 'reloadFaults' as const) }),
  fc.record({ kind: fc.constant('handOver' as const), to: fc.oneof(pid, fc.constant(0)) }),
);
export const clientRequest: fc.Arbitrary<ClientRequest> = fc.record({
  id: uint,
  deadlineMs: uint,
  body: requestBody,
  isRelayable: fc.boolean(),
});

const replyBody: fc.Arbitrary<ServerReplyBody> = fc.oneof(
  fc.record({ kind: fc.constant('executed' as const), reply: commandReply }),
  fc.record({ kind: fc.constant('value' as const), found: optionalVersioned, appliedIdx: uint }),
  fc.record({
    kind: fc.constant('items' as const),
    items: fc.array(fc.record({ key, value, version: uint }), { maxLength: 8 }),
    appliedIdx: uint,
    hasMore: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('status' as const), json: text }),
  fc.record({ kind: fc.constant('pong' as const) }),
  fc.record({
    kind: fc.constant('refused' as const),
    code: fc.constantFrom(...ERROR_IDS),
    message,
    leader: pid,
  }),
  fc.record({ kind: fc.constant('unknown' as const), message }),
  fc.record({ kind: fc.constant('handedOver' as const), leader: pid }),
  fc.record({ kind: fc.constant('faultsReloaded' as const) }),
);
export const serverReply: fc.Arbitrary<ServerReply> = fc.record({ id: uint, body: replyBody });

const isOfClient = ({ body }: ClientRequest): boolean =>
  body.kind === 'execute' || body.kind === 'get' || body.kind === 'scan';
export const relayedRequest: fc.Arbitrary<RelayMessage> = fc.record({
  kind: fc.constant('request' as const),
  hopsLeft: fc.constantFrom(0 as const, 1 as const),
  request: clientRequest.filter(isOfClient),
});
export const relayedReply: fc.Arbitrary<RelayMessage> = fc.record({
  kind: fc.constant('reply' as const),
  reply: serverReply,
});

const ballot: fc.Arbitrary<Ballot> = fc.record({
  configurationId: uint,
  n: uint,
  priority: uint,
  pid: fc.oneof(pid, fc.constant(0)),
});
const entries = fc.array(bytes({ maxLength: 60 }), { maxLength: 6 });
const slice = { firstIdx: uint, entries };
const messageBody: fc.Arbitrary<MessageBody<Uint8Array>> = fc.oneof(
  fc.record({
    kind: fc.constant('prepare' as const),
    n: ballot,
    acceptedRound: ballot,
    decidedIdx: uint,
    acceptedIdx: uint,
  }),
  fc.record({
    kind: fc.constant('promise' as const),
    n: ballot,
    acceptedRound: ballot,
    decidedIdx: uint,
    acceptedIdx: uint,
    suffix: fc.record(slice),
  }),
  fc.record({ kind: fc.constant('prepareRequest' as const), n: ballot }),
  fc.record({
    kind: fc.constantFrom('acceptSync' as const, 'acceptDecide' as const),
    n: ballot,
    decidedIdx: uint,
    ...slice,
  }),
  fc.record({ kind: fc.constant('decide' as const), n: ballot, decidedIdx: uint }),
  fc.record({
    kind: fc.constantFrom('accepted' as const, 'handOver' as const),
    n: ballot,
    acceptedIdx: uint,
  }),
  fc.record({ kind: fc.constant('notAccepted' as const), promise: ballot }),
  fc.record({ kind: fc.constant('proposalForward' as const), entries }),
  fc.record({ kind: fc.constant('decidedRequest' as const), fromIdx: uint }),
  fc.record({
    kind: fc.constant('decidedEntries' as const),
    decidedIdx: uint,
    decidedRound: ballot,
    ...slice,
  }),
  fc.record({
    kind: fc.constantFrom('readRequest' as const, 'readConfirmation' as const),
    n: ballot,
    round: uint,
  }),
  fc.record({
    kind: fc.constant('heartbeatRequest' as const),
    round: uint,
    decidedIdx: uint,
    progress: fc.option(fc.record({ n: ballot, acceptedIdx: uint, decidedIdx: uint }), {
      nil: undefined,
    }),
  }),
  fc.record({
    kind: fc.constant('heartbeatReply' as const),
    round: uint,
    ballot,
    leader: ballot,
    isHappy: fc.boolean(),
    accepted: fc.option(fc.record({ n: ballot, acceptedIdx: uint }), { nil: undefined }),
  }),
);
export const peerMessage: fc.Arbitrary<Message<Uint8Array>> = fc.record({
  configurationId: uint,
  from: pid,
  to: pid,
  body: messageBody,
});

const clusterId = bytes({ minLength: 16, maxLength: 16 });
const version = fc.nat(255);
export const hello: fc.Arbitrary<Hello> = fc.record({
  lowestVersion: version,
  highestVersion: version,
  clusterId,
  from: pid,
  to: pid,
  role: fc.constantFrom('peer' as const, 'client' as const),
  configurationId: uint,
});
export const helloReply: fc.Arbitrary<HelloReply> = fc.oneof(
  fc.record({
    kind: fc.constant('accepted' as const),
    version,
    clusterId,
    pid,
    appliedIdx: uint,
    leader: pid,
  }),
  fc.record({
    kind: fc.constant('rejected' as const),
    reason: fc.constantFrom(
      'unsupportedVersion' as const,
      'wrongCluster' as const,
      'wrongTarget' as const,
      'unknownPeer' as const,
      'tooManyConnections' as const,
      'shuttingDown' as const,
    ),
    message,
  }),
);
