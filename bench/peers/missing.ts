/** Whether a peer can run on this machine. */

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hasPeerPackage } from './peer-package.js';

/** What a peer needs, and how to get it; undefined where all is there. */
export function missingFor(peer: {
  readonly program: string;
  readonly debianPackage: string;
  /** Undefined where the client is a file of ours. */
  readonly clientPackage?: string;
}): string | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter);
  if (!directories.some((directory) => existsSync(join(directory, peer.program)))) {
    return `${peer.program} is not installed: apt-get install ${peer.debianPackage}`;
  }
  if (peer.clientPackage !== undefined && !hasPeerPackage(peer.clientPackage)) {
    return `its client is not installed: npm run bench:peers`;
  }
  return undefined;
}
