/**
 * The errors of the simulated disk: a Node errno in `code`, as the real file system throws them.
 */

import type { FileSystemError } from '../../platform/ports.js';

export type DiskErrorCode =
  'EBADF' | 'EEXIST' | 'EINVAL' | 'EIO' | 'EISDIR' | 'ENOENT' | 'ENOSPC' | 'ENOTDIR' | 'ENOTEMPTY';

export function diskError(code: DiskErrorCode, action: string, path: string): FileSystemError {
  return Object.assign(new Error(`${code}: ${action} '${path}'`), { code });
}
