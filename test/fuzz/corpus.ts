/**
 * Valid bodies of every kind, with the decoder that takes them and where their fields lie.
 */

import fc from 'fast-check';

import {
  MAX_CLIENT_FRAME_BYTES,
  MAX_HANDSHAKE_BYTES,
  MAX_PEER_FRAME_BYTES,
} from '../../src/core/limits.js';
import type { Decoded } from '../../src/core/wire/index.js';
import {
  decodeClientRequest,
  decodeCommand,
  decodeHello,
  decodeHelloReply,
  decodePeerMessage,
  decodeRelay,
  decodeServerReply,
  encodeClientRequest,
  encodeCommand,
  encodeHello,
  encodeHelloReply,
  encodePeerMessage,
  encodeRelay,
  encodeServerReply,
  FRAME_KIND,
} from '../../src/core/wire/index.js';
import * as arbitrary from '../wire/arbitraries.js';
import { bodyOf } from '../wire/frames.js';
import { fieldsOf, type Field } from './field-spans.js';

const SAMPLES = 250;
/** The rare long ones would take most of the time and say nothing more. */
const MAX_SAMPLE_BYTES = 1_200;

export interface Codec {
  readonly name: string;
  /** Undefined for what travels inside of other bodies. */
  readonly frameKind: number | undefined;
  readonly maxBodyBytes: number;
  readonly decode: (body: Uint8Array) => Decoded<unknown>;
  /** What the encoder makes of what the decoder gave. */
  readonly encodeAgain: (value: never) => Uint8Array;
}

export interface Sample {
  readonly codec: Codec;
  readonly body: Uint8Array;
  readonly fields: readonly Field[];
}

interface Source<Value> extends Omit<Codec, 'encodeAgain'> {
  readonly values: fc.Arbitrary<Value>;
  readonly encode: (value: Value) => Uint8Array;
}

function samplesOf<Value>(source: Source<Value>, seed: number): Sample[] {
  const { values, encode, ...rest } = source;
  const codec: Codec = { ...rest, encodeAgain: encode };
  const bodies = fc
    .sample(values, { numRuns: SAMPLES, seed })
    .map((value) => encode(value).slice());
  return bodies
    .filter((body) => body.length <= MAX_SAMPLE_BYTES)
    .map((body) => ({ codec, body, fields: fieldsOf(body, codec.decode) }));
}

function inFrame<Value>(encode: (value: Value) => Uint8Array): (value: Value) => Uint8Array {
  return (value) => bodyOf(encode(value));
}

/** The same for the same seed. */
export function createCorpus(seed: number): readonly Sample[] {
  return [
    ...samplesOf(
      {
        name: 'client request',
        frameKind: FRAME_KIND.clientRequest,
        maxBodyBytes: MAX_CLIENT_FRAME_BYTES,
        decode: decodeClientRequest,
        values: arbitrary.clientRequest,
        encode: inFrame(encodeClientRequest),
      },
      seed,
    ),
    ...samplesOf(
      {
        name: 'server reply',
        frameKind: FRAME_KIND.serverReply,
        maxBodyBytes: MAX_CLIENT_FRAME_BYTES,
        decode: decodeServerReply,
        values: arbitrary.serverReply,
        encode: inFrame(encodeServerReply),
      },
      seed,
    ),
    ...samplesOf(
      {
        name: 'peer message',
        frameKind: FRAME_KIND.peerMessage,
        maxBodyBytes: MAX_PEER_FRAME_BYTES,
        decode: decodePeerMessage,
        values: arbitrary.peerMessage,
        encode: inFrame(encodePeerMessage),
      },
      seed,
    ),
    ...samplesOf(
      {
        name: 'relayed request',
        frameKind: FRAME_KIND.relayedRequest,
        maxBodyBytes: MAX_PEER_FRAME_BYTES,
        decode: (body) => decodeRelay(FRAME_KIND.relayedRequest, body),
        values: arbitrary.relayedRequest,
        encode: inFrame(encodeRelay),
      },
      seed,
    ),
    ...samplesOf(
      {
        name: 'relayed reply',
        frameKind: FRAME_KIND.relayedReply,
        maxBodyBytes: MAX_PEER_FRAME_BYTES,
        decode: (body) => decodeRelay(FRAME_KIND.relayedReply, body),
        values: arbitrary.relayedReply,
        encode: inFrame(encodeRelay),
      },
      seed,
    ),
    ...samplesOf(
      {
        name: 'hello',
        frameKind: FRAME_KIND.hello,
        maxBodyBytes: MAX_HANDSHAKE_BYTES,
        decode: decodeHello,
        values: arbitrary.hello,
        encode: inFrame(encodeHello),
      },
      seed,
    ),
    ...samplesOf(
      {
        name: 'hello reply',
        frameKind: FRAME_KIND.helloReply,
        maxBodyBytes: MAX_HANDSHAKE_BYTES,
        decode: decodeHelloReply,
        values: arbitrary.helloReply,
        encode: inFrame(encodeHelloReply),
      },
      seed,
    ),
    ...samplesOf(
      {
        name: 'command',
        frameKind: undefined,
        maxBodyBytes: MAX_CLIENT_FRAME_BYTES,
        decode: decodeCommand,
        values: arbitrary.command,
        encode: encodeCommand,
      },
      seed,
    ),
  ];
}
