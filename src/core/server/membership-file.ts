/**
 * Which members the data was written under: `data/nodeN.members.json`.
 *
 * Membership is never changed by editing a configuration file: two nodes with two ideas of who is
 * a member could form two quorums that do not meet. The file is written before the first message
 * leaves, and every later start is compared with it (OMNIKV_CONFIG_CHANGED).
 */

import { dirname } from 'node:path';

import { OmnikvError } from '../errors.js';
import type { FileSystem } from '../platform/ports.js';

export interface Membership {
  readonly configurationId: number;
  readonly pid: number;
  readonly peers: readonly number[];
}

export interface CheckMembershipOptions {
  readonly fileSystem: FileSystem;
  /** Of the file; its directory exists. */
  readonly path: string;
  readonly membership: Membership;
}

/** Writes the file where it is missing, compares where it is not. Throws OMNIKV_CONFIG_CHANGED. */
export function checkMembership(options: CheckMembershipOptions): void {
  const { fileSystem, path } = options;
  const text = canonical(options.membership);
  if (fileSystem.status(path) === undefined) {
    writeDurably(options, text);
    return;
  }
  const written = new TextDecoder().decode(fileSystem.readFile(path));
  if (written === text) return;
  throw new OmnikvError(
    'OMNIKV_CONFIG_CHANGED',
    `the data was written under ${written.trim()}, the configuration says ${text.trim()}`,
  );
}

function canonical({ configurationId, pid, peers }: Membership): string {
  const sorted = [...peers].sort((a, b) => a - b);
  return `${JSON.stringify({ configurationId, pid, peers: sorted })}\n`;
}

function writeDurably(options: CheckMembershipOptions, text: string): void {
  const { fileSystem, path } = options;
  const temporary = `${path}.tmp`;
  if (fileSystem.status(temporary) !== undefined) fileSystem.remove(temporary);
  const handle = fileSystem.open(temporary, 'create');
  handle.writeSync(new TextEncoder().encode(text), 0);
  handle.syncNow();
  handle.close();
  fileSystem.rename(temporary, path);
  fileSystem.syncDirectory(dirname(path));
}
