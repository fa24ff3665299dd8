/**
 * Malformed frames on the sockets of a live node, as a client and as a node: each connection is
 * closed, nothing leaks, and the node serves on (N5, N6, N10, R3).
 *
 * Node 3 is never started, so that who speaks in its name takes no real link away.
 */

import { readFileSync, readdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import type { Client } from '../../src/core/client/index.js';
import { Prng } from '../../src/core/simulator/prng.js';
import { encodeHello, FRAME_KIND } from '../../src/core/wire/index.js';
import { ByteEditor } from '../fuzz/byte-editor.js';
import { createCorpus, type Sample } from '../fuzz/corpus.js';
import { seal } from '../fuzz/frame-damage.js';
import { mutate, noise } from '../fuzz/mutant.js';
import { ServerCluster, type ServerProcess } from '../support/server-process.js';

const CONNECTIONS = 400;
const AT_ONCE = 8;
const MAX_BODY_BYTES = 16 * 1024;
const MAX_GROWTH_KIB = 64 * 1024;
const CLOSE_DEADLINE_MS = 20_000;

const directory = mkdtempSync(join(tmpdir(), 'omnikv-fuzz-'));
const random = new Prng('live');
const corpus = createCorpus(7);
const editor = new ByteEditor(MAX_BODY_BYTES);
let cluster: ServerCluster;
let node: ServerProcess;
let client: Client;

beforeAll(async () => {
  cluster = await ServerCluster.init(directory, 3);
  node = await cluster.start(1);
  await cluster.start(2);
  client = cluster.client(20_000, [1, 2]);
  await client.put('key', { kind: 'u64', value: 5n });
});

afterAll(async () => {
  await cluster.dispose();
  rmSync(directory, { recursive: true, force: true });
});

function samplesOf(frameKind: number): readonly Sample[] {
  return corpus.filter(({ codec }) => codec.frameKind === frameKind);
}

/** A body that its decoder refuses, in a frame that is in order: what N10 speaks of. */
function refusedFrame(samples: readonly Sample[]): Uint8Array {
  for (;;) {
    const sample = random.pick(samples);
    if (random.chance(0.1)) noise(editor, random, 300);
    else mutate(editor, sample, random, corpus);
    if (sample.codec.decode(editor.bytes).ok) continue;
    const frame = new Uint8Array(editor.sizeBytes + 16);
    seal(frame, sample.codec.frameKind ?? 0, editor.bytes);
    return frame;
  }
}

function hello(role: 'peer' | 'client'): Uint8Array {
  const clusterId = Uint8Array.from(Buffer.from(cluster.clusterId.replaceAll('-', ''), 'hex'));
  const isPeer = role === 'peer';
  return encodeHello({
    lowestVersion: 1,
    highestVersion: 1,
    clusterId,
    from: isPeer ? 3 : 0,
    to: 1,
    role,
    configurationId: isPeer ? 1 : 0,
  });
}

/** Sends, reads whatever comes, and waits until the node closes the connection. */
async function sendUntilClosed(frames: readonly Uint8Array[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection(cluster.layout.socketPath(1));
    const late = (): void => {
      socket.destroy();
      reject(new Error(`still open: ${Buffer.concat(frames).toString('hex')}`));
    };
    const timer = setTimeout(late, CLOSE_DEADLINE_MS);
    socket.resume();
    // The node may close before all has been sent.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    for (const frame of frames) socket.write(frame);
  });
}

async function flood(makeFrames: () => readonly Uint8Array[]): Promise<void> {
  let left = CONNECTIONS;
  const caller = async (): Promise<void> => {
    while (left-- > 0) await sendUntilClosed(makeFrames());
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
}

function openFiles(osPid: number): number {
  return readdirSync(`/proc/${osPid}/fd`).length;
}

function residentKib(osPid: number): number {
  const status = readFileSync(`/proc/${osPid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

it.each([
  ['before the handshake', () => [refusedFrame(samplesOf(FRAME_KIND.hello))]],
  ['as a client', () => [hello('client'), refusedFrame(samplesOf(FRAME_KIND.clientRequest))]],
  ['as a node', () => [hello('peer'), refusedFrame(samplesOf(FRAME_KIND.peerMessage))]],
  ['as noise', () => [hello(random.pick(['peer', 'client'])), noiseBytes()]],
])('%s: every malformed frame closes its connection, and the node serves on', async (_, frames) => {
  const osPid = node.child.pid ?? 0;
  const [filesBefore, kibBefore] = [openFiles(osPid), residentKib(osPid)];
  await flood(frames);
  expect((await client.get('key'))?.value).toEqual({ kind: 'u64', value: 5n });
  await client.put('key', { kind: 'u64', value: 5n });
  expect((await client.status(1)).osPid).toBe(osPid);
  expect((await client.status(1)).links['2']?.state).toBe('connected');
  await vi.waitFor(() => expect(openFiles(osPid)).toBeLessThanOrEqual(filesBefore), {
    timeout: 10_000,
  });
  expect(residentKib(osPid) - kibBefore).toBeLessThan(MAX_GROWTH_KIB);
});

/** Long enough for a header: fewer bytes are a frame that has only begun. */
function noiseBytes(): Uint8Array {
  return Uint8Array.from({ length: random.int(12, 2_000) }, () => random.int(0, 255));
}
