/**
 * D29: exclusive use of a data directory, by listening on an abstract Unix socket named after it.
 *
 * The kernel frees the name when the process dies, even by SIGKILL, and keeps it while the holder
 * is stopped; a lock file does neither. The name comes from `dev:inode`, so two paths of one
 * directory are one. It must never be a socket with a file: nothing may be left behind.
 *
 * Abstract sockets belong to a network namespace: two containers that share a directory are not
 * kept apart (a stated limit).
 */

import { createServer, type Server } from 'node:net';

import { OmnikvError } from '../errors.js';
import type { DirectoryGuard, HeldGuard } from './ports.js';

/** The leading zero byte makes the name abstract. */
function socketName(directoryIdentity: string): string {
  return `\0omnikv-data-${directoryIdentity}`;
}

function releaser(server: Server): HeldGuard {
  let released: Promise<void> | undefined;
  return {
    release() {
      released ??= new Promise((resolve) => {
        server.close(() => resolve());
      });
      return released;
    },
  };
}

function refusal(directoryIdentity: string, error: NodeJS.ErrnoException): OmnikvError {
  if (error.code === 'EADDRINUSE') {
    return new OmnikvError(
      'OMNIKV_DATA_IN_USE',
      `the data directory (dev:inode ${directoryIdentity}) is open in another process, or twice in this one`,
    );
  }
  return new OmnikvError('OMNIKV_IO', `the data directory cannot be guarded: ${error.message}`, {
    cause: error,
  });
}

export const nodeDirectoryGuard: DirectoryGuard = Object.freeze({
  acquire(directoryIdentity: string): Promise<HeldGuard> {
    if (process.platform !== 'linux') {
      return Promise.reject(
        new OmnikvError(
          'OMNIKV_UNSUPPORTED_PLATFORM',
          `no data-directory guard on ${process.platform}`,
        ),
      );
    }
    return new Promise((resolve, reject) => {
      // Nobody has anything to say here: who connects is sent away.
      const server = createServer((socket) => socket.destroy());
      server.once('error', (error) => reject(refusal(directoryIdentity, error)));
      server.listen({ path: socketName(directoryIdentity), exclusive: true }, () => {
        server.unref();
        resolve(releaser(server));
      });
    });
  },
});
