/**
 * The short directory for the sockets of a cluster that lies too deep (N2).
 *
 * Named by a hash of the cluster's real path, so that two clusters never share one and a copied
 * cluster directory gets its own. It may lie in a place where others can write: it is ours, 0700
 * and no symbolic link, or it is refused (N1).
 */

import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { socketName } from '../config/cluster-layout.js';
import { OmnikvError } from '../errors.js';
import { MAX_PID, MAX_SOCKET_PATH_BYTES } from '../limits.js';
import { hasCode, reading, removeIfThere, writeFileAtomically, writing } from './cluster-files.js';
import type { Cluster } from './find-cluster.js';

/**
 * Makes sure that the sockets have a directory, and that `run/sockets` names it. With
 * `isAnyNodeRunning` an existing pointer stays: the running nodes listen there.
 */
export function prepareSocketDirectory(
  cluster: Pick<Cluster, 'layout' | 'environment' | 'fileSystem'>,
  options: { readonly isAnyNodeRunning: boolean },
): void {
  const { layout, fileSystem } = cluster;
  if (layout.hasShortRunDirectory) {
    removeIfThere(fileSystem, layout.socketPointerFile);
    return;
  }
  const pointed = layout.readSocketPointer();
  const candidates = candidatesOf(cluster);
  if (pointed !== undefined && (options.isAnyNodeRunning || candidates.includes(pointed))) {
    if (tryPrivateDirectory(pointed) === undefined) return;
  }
  const refusals: string[] = [];
  for (const candidate of candidates) {
    const refusal = tryPrivateDirectory(candidate);
    if (refusal === undefined) {
      const text = new TextEncoder().encode(`${candidate}\n`);
      writeFileAtomically(fileSystem, layout.socketPointerFile, text);
      return;
    }
    refusals.push(`${candidate}: ${refusal}`);
  }
  throw new OmnikvError(
    'OMNIKV_PATH_TOO_LONG',
    `sockets in ${layout.runDirectory} would have names of more than ${MAX_SOCKET_PATH_BYTES} bytes, and no short directory can be used (${refusals.join('; ')})`,
  );
}

/** After destroy: the short directory goes with the cluster. */
export function removeSocketDirectory(cluster: Pick<Cluster, 'layout'>): void {
  const { layout } = cluster;
  if (layout.hasShortRunDirectory) return;
  const pointed = layout.readSocketPointer();
  if (pointed === undefined || refusalOf(pointed) !== undefined) return;
  writing(pointed, () => rmSync(pointed, { recursive: true, force: true }));
}

function candidatesOf(cluster: Pick<Cluster, 'layout' | 'environment'>): readonly string[] {
  const { environment, layout } = cluster;
  const realPath = reading(layout.directory, () => realpathSync(layout.directory));
  const hash = createHash('sha256').update(realPath).digest('hex').slice(0, 16);
  const bases = [environment.runtimeDirectory, environment.temporaryDirectory, '/tmp'];
  const paths = bases
    .filter((base): base is string => base?.startsWith('/') === true)
    .map((base) => join(base, `omnikv-${hash}`))
    .filter((path) => Buffer.byteLength(join(path, socketName(MAX_PID))) <= MAX_SOCKET_PATH_BYTES);
  return [...new Set(paths)];
}

/** Undefined where the directory is there now and fit for use; else why it is not. */
function tryPrivateDirectory(path: string): string | undefined {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) return error instanceof Error ? error.message : String(error);
  }
  return refusalOf(path);
}

function refusalOf(path: string): string | undefined {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return `${dirname(path)} does not exist`;
  if (!status.isDirectory()) return 'it is no directory';
  if (status.uid !== process.getuid?.()) return 'it belongs to somebody else';
  if ((status.mode & 0o077) !== 0) return 'others may enter it';
  return undefined;
}
