/**
 * How a Unix socket comes to be at a path, and goes away again (N1 to N3).
 *
 * The caller holds the data-directory guard from before `listenAt` until after the server is
 * closed. Only that makes it safe to unlink a file that a killed process left: two servers can be
 * "listening" on one path, and the close of the older would delete the file of the newer.
 *
 *     at the path                    what is done
 *     nothing                        listen
 *     a socket, connect is refused   unlink, listen: a killed process left it
 *     a socket, somebody answers     OMNIKV_DATA_IN_USE
 *     anything else                  OMNIKV_IO, never removed: it is not ours
 */

import type { Server } from 'node:net';
import { createConnection } from 'node:net';

import { OmnikvError } from '../errors.js';
import type { SocketFiles } from '../platform/ports.js';
import { checkSocketPath } from './unix-address.js';

const WRITABLE_BY_OTHERS = 0o022;

/** Listens at `path`, as a socket of mode 0600. Rejects with an `OmnikvError`. */
export async function listenAt(server: Server, path: string, files: SocketFiles): Promise<void> {
  checkSocketPath(path);
  checkDirectory(path, files);
  await clearStaleSocket(path, files);
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(listenError(path, error));
    server.once('error', onError);
    // Bound within this call, so the umask of N1 covers it and nothing else.
    files.privately(() =>
      server.listen({ path }, () => {
        server.off('error', onError);
        resolve();
      }),
    );
  });
}

/** N1: in a directory that others may write, the socket file could be exchanged. */
function checkDirectory(path: string, files: SocketFiles): void {
  const mode = onDisk(path, () => files.directoryMode(path));
  if ((mode & WRITABLE_BY_OTHERS) === 0) return;
  throw new OmnikvError(
    'OMNIKV_INSECURE_PERMISSIONS',
    `The directory of the socket ${path} has mode ${mode.toString(8)}: others may write there.`,
    { suggestions: ['chmod 700 the directory.'] },
  );
}

async function clearStaleSocket(path: string, files: SocketFiles): Promise<void> {
  const kind = onDisk(path, () => files.kindOf(path));
  if (kind === undefined) return;
  if (kind === 'other') {
    throw new OmnikvError('OMNIKV_IO', `${path} stands where the socket of the node belongs.`, {
      suggestions: ['Move the file away; omnikv removes only sockets.'],
    });
  }
  const errno = await probe(path);
  if (errno === undefined) throw inUse(path);
  if (errno === 'ENOENT') return;
  if (errno !== 'ECONNREFUSED') {
    throw new OmnikvError('OMNIKV_IO', `The old socket ${path} cannot be examined: ${errno}.`);
  }
  onDisk(path, () => {
    files.remove(path);
  });
}

function onDisk<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new OmnikvError('OMNIKV_IO', `Cannot listen at ${path}: ${detail}.`, { cause });
  }
}

/** The error of a connect; undefined where somebody accepts. */
function probe(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

function listenError(path: string, error: NodeJS.ErrnoException): OmnikvError {
  if (error.code === 'EADDRINUSE') return inUse(path);
  return new OmnikvError('OMNIKV_IO', `Cannot listen at ${path}: ${error.message}.`, {
    cause: error,
  });
}

function inUse(path: string): OmnikvError {
  return new OmnikvError('OMNIKV_DATA_IN_USE', `Another process listens at ${path}.`);
}
