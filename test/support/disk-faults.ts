/**
 * Calls to a disk in memory, and which of them fail.
 */

import type { FileSystemError } from '../../src/core/platform/ports.js';

export interface Call {
  /** Number of the call, from 0; reads count too. */
  readonly number: number;
  readonly kind: string;
  readonly path: string;
}

export function fileSystemError(code: string, what: string): FileSystemError {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

/** Fails call `number`, or it and every one after it. */
export function failNth(
  number: number,
  { code = 'EIO', mode = 'once' }: { code?: string; mode?: 'once' | 'forever' } = {},
): (call: Call) => string | undefined {
  return (call) => {
    const isHit = mode === 'once' ? call.number === number : call.number >= number;
    return isHit ? code : undefined;
  };
}
