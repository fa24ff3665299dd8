/**
 * Where a node's log goes (Z8): a file; an existing directory or a path that ends in `/` gets
 * `node<pid>.log` in it. Relative paths count from the base directory that the caller names: the
 * cluster directory for a node, the working directory for a program of its own.
 */

import { join, resolve } from 'node:path';

import type { FileSystem } from '../platform/ports.js';

export interface ResolveLoggerFileOptions {
  readonly loggerFilePath: string;
  readonly pid: number;
  readonly baseDirectory: string;
  readonly fileSystem: FileSystem;
}

/** An absolute path. Makes nothing. */
export function resolveLoggerFile(options: ResolveLoggerFileOptions): string {
  const path = resolve(options.baseDirectory, options.loggerFilePath);
  const isDirectory =
    options.loggerFilePath.endsWith('/') || options.fileSystem.status(path)?.kind === 'directory';
  return isDirectory ? join(path, `node${options.pid}.log`) : path;
}
