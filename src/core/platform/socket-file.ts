/**
 * Real files around Unix sockets: the adapter of the `SocketFiles` port.
 *
 * N1: the umask is changed only for the length of one synchronous call, because it belongs to the
 * whole process. Nothing here decides whether a file may be removed: that is the rule of
 * the transport, which knows who holds the guard (N3).
 */

import { lstatSync, statSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';

import type { SocketFiles } from './ports.js';

const SOCKET_UMASK = 0o177;

export const nodeSocketFiles: SocketFiles = {
  kindOf(path) {
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (status === undefined) return undefined;
    return status.isSocket() ? 'socket' : 'other';
  },

  remove(path) {
    unlinkSync(path);
  },

  directoryMode(path) {
    return statSync(dirname(path)).mode & 0o777;
  },

  privately(action) {
    const before = process.umask(SOCKET_UMASK);
    try {
      return action();
    } finally {
      process.umask(before);
    }
  },
};
