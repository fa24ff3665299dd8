/**
 * Brings the faults of `run/links.json` to the node's links: at start, and whenever a command says so.
 *
 * The file holds the whole cluster's faults and a wall-clock end for each; the links take their own, and
 * the time that is left. A reset is told by a counter: one that was raised before the start is history.
 * What cannot be read is logged and changes nothing: a fault laboratory never ends a node.
 */

import { readLinksFile, type LinksFile } from '../config/index.js';
import type { FileSystem, Logger } from '../platform/ports.js';
import type { PeerLinks } from '../transport/index.js';

export interface FaultLoaderOptions {
  readonly pid: number;
  /** Of `run/links.json`. */
  readonly path: string;
  readonly fileSystem: FileSystem;
  readonly links: Pick<PeerLinks, 'setFaults' | 'reset'>;
  readonly logger: Logger;
  /** The wall clock, which the commands share. */
  readonly epochMs: () => number;
}

export class FaultLoader {
  readonly #options: FaultLoaderOptions;
  /** By peer; undefined before the first reading. */
  #resetCounts: ReadonlyMap<number, number> | undefined;

  constructor(options: FaultLoaderOptions) {
    this.#options = options;
  }

  reload(): void {
    const { pid, path, fileSystem, links, logger, epochMs } = this.#options;
    let file: LinksFile;
    try {
      file = readLinksFile({ fileSystem, path });
    } catch (error) {
      logger.warn('links-file-unreadable', { path, error: String(error) });
      return;
    }
    const nowMs = epochMs();
    const faults = file.faults.map(({ from, to, fault, expiresAtEpochMs }) => {
      const remainingMs = expiresAtEpochMs === undefined ? undefined : expiresAtEpochMs - nowMs;
      return { from, to, fault, remainingMs };
    });
    links.setFaults(faults);
    const own = faults.filter(({ from, to }) => from === pid || to === pid);
    if (this.#resetCounts !== undefined || own.length > 0) {
      logger.info('link-faults', { faults: own.map(({ from, to }) => `${from}>${to}`) });
    }
    this.#reset(new Map(file.resets.filter(({ from }) => from === pid).map(countOf)));
  }

  #reset(counts: ReadonlyMap<number, number>): void {
    const before = this.#resetCounts;
    this.#resetCounts = counts;
    if (before === undefined) return;
    for (const [peer, count] of counts) {
      if (count > (before.get(peer) ?? 0)) this.#options.links.reset(peer);
    }
  }
}

function countOf({ to, count }: { readonly to: number; readonly count: number }): [number, number] {
  return [to, count];
}
