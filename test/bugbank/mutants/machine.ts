/**
 * Incidents between a process, its sockets, its peers' bytes and the machine (N1 to N10, P10, S5).
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type * as NodeProcessModule from '../../../src/core/cluster/node-process.js';
import type * as Config from '../../../src/core/config/index.js';
import type * as NodeFileSystem from '../../../src/core/platform/node-file-system.js';
import type * as ProcessIdentityModule from '../../../src/core/platform/process-identity.js';
import type * as SocketFileModule from '../../../src/core/platform/socket-file.js';
import type * as NodeStorage from '../../../src/core/server/node-storage.js';
import type * as SocketListener from '../../../src/core/transport/socket-listener.js';
import type * as UnixAddress from '../../../src/core/transport/unix-address.js';
import type * as FrameReaderModule from '../../../src/core/wire/frame-reader.js';
import type * as Frame from '../../../src/core/wire/frame.js';
import type { Mutant } from '../mutant.js';

async function inDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'omnikv-bank-'));
  try {
    await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const NO_SOCKETS = 'it has connections, and neither socket files nor processes';

export const MACHINE_MUTANTS: readonly Mutant[] = [
  {
    id: 16,
    title: 'a wiped node comes back under its old id',
    takenFrom: 'openraft, FAQ; TigerBeetle, recovering.md',
    unseenBySimulator: 'it loses and damages bytes, never a directory that was synced',
    edits: [
      {
        file: 'src/core/server/node-storage.ts',
        find: `return PersistentStorage.open<Uint8Array>({`,
        replace: `const openOrCreate = async (
    options: Parameters<typeof PersistentStorage.openOrCreate<Uint8Array>>[0],
  ) => (await PersistentStorage.openOrCreate<Uint8Array>(options)).storage;
  return openOrCreate({`,
      },
    ],
    async kill(load) {
      const { openNodeStorage } = await load<typeof NodeStorage>('src/core/server/node-storage.ts');
      const { ClusterLayout } = await load<typeof Config>('src/core/config/index.ts');
      const { nodeFileSystem: fileSystem } = await load<typeof NodeFileSystem>(
        'src/core/platform/node-file-system.ts',
      );
      const silent = () => undefined;
      await inDirectory(async (directory) => {
        const opened = openNodeStorage({
          layout: new ClusterLayout({ directory, fileSystem }),
          clusterId: '00112233445566778899aabbccddeeff',
          config: { omniPaxos: { pid: 1 }, segmentBytes: 65_536, sync: 'always' } as never,
          logger: { info: silent, warn: silent, error: silent },
        });
        opened.then((storage) => storage.close()).catch(silent);
        await assert.rejects(opened, { code: 'OMNIKV_DATA_MISSING' });
      });
    },
  },
  {
    id: 24,
    title: 'the length of a frame is trusted before it is held against the limit',
    takenFrom: 'raft-wal, MaxEntrySize',
    unseenBySimulator: 'its network carries what honest nodes send',
    edits: [
      {
        file: 'src/core/wire/frame-reader.ts',
        find: `if (length > this.maxBodyBytes) {`,
        replace: `if (length < 0) {`,
      },
    ],
    async kill(load) {
      const { FrameReader } = await load<typeof FrameReaderModule>('src/core/wire/frame-reader.ts');
      const { beginFrame, endFrame, FRAME_HEADER_BYTES, FRAME_KIND } =
        await load<typeof Frame>('src/core/wire/frame.ts');
      const writer = beginFrame(1_001);
      writer.fixedBytes(new Uint8Array(1_001));
      const frame = endFrame(writer, FRAME_KIND.peerMessage, 2_000);
      const reader = new FrameReader(1_000);
      reader.push(frame.subarray(0, FRAME_HEADER_BYTES));
      assert.equal(reader.next()?.kind, 'error');
    },
  },
  {
    id: 26,
    title: "an old server's close unlinks the socket of the new one",
    takenFrom: 'two servers on one path: the new one takes over a socket that is still served',
    unseenBySimulator: NO_SOCKETS,
    edits: [
      {
        file: 'src/core/transport/socket-listener.ts',
        find: `  if (errno === undefined) throw inUse(path);`,
        replace: `  if (errno === undefined) {
    files.remove(path);
    return;
  }`,
      },
    ],
    async kill(load) {
      const { listenAt } = await load<typeof SocketListener>(
        'src/core/transport/socket-listener.ts',
      );
      const { nodeSocketFiles } = await load<typeof SocketFileModule>(
        'src/core/platform/socket-file.ts',
      );
      await inDirectory(async (directory) => {
        const path = join(directory, 'node1.sock');
        const [old, young] = [createServer(), createServer()];
        await listenAt(old, path, nodeSocketFiles);
        await listenAt(young, path, nodeSocketFiles).catch(() => undefined);
        const closed = new Promise((resolve) => old.close(resolve));
        try {
          await closed;
          assert.equal(await answers(path), young.listening, 'who listens can be reached');
        } finally {
          if (young.listening) await new Promise((resolve) => young.close(resolve));
        }
      });
    },
  },
  {
    id: 27,
    title: 'a socket path longer than 107 bytes is cut silently',
    takenFrom: 'Linux, sun_path',
    unseenBySimulator: NO_SOCKETS,
    edits: [
      {
        file: 'src/core/transport/unix-address.ts',
        find: `  if (sizeBytes <= MAX_SOCKET_PATH_BYTES) return;`,
        replace: `  if (path.length <= MAX_SOCKET_PATH_BYTES) return;`,
      },
    ],
    async kill(load) {
      const { checkSocketPath } = await load<typeof UnixAddress>(
        'src/core/transport/unix-address.ts',
      );
      // 60 letters, 120 bytes.
      const path = `/${'ä'.repeat(60)}`;
      assert.throws(() => checkSocketPath(path), { code: 'OMNIKV_PATH_TOO_LONG' });
    },
  },
  {
    id: 28,
    title: 'a process is known by its pid alone',
    takenFrom: 'pids are used again, and a zombie has one too',
    unseenBySimulator: NO_SOCKETS,
    edits: [
      {
        file: 'src/core/cluster/node-process.ts',
        find: `  if (stat?.startTime !== identity.startTime) return true;`,
        replace: `  if (stat === undefined) return true;`,
      },
    ],
    async kill(load) {
      const { signalProcess } = await load<typeof NodeProcessModule>(
        'src/core/cluster/node-process.ts',
      );
      const { currentProcessIdentity } = await load<typeof ProcessIdentityModule>(
        'src/core/platform/process-identity.ts',
      );
      const identity = currentProcessIdentity();
      const dead = { ...identity, startTime: identity.startTime - 1 };
      // SIGCONT hurts nobody.
      assert.equal(signalProcess(dead, 'SIGCONT'), false);
    },
  },
];
