/**
 * What a command makes of the faults that stand in `run/links.json`.
 *
 * Pure. A direction has one fault with one time of expiry, that of the last command:
 *
 *     cut     isCut is set, all other fields stay
 *     shape   all other fields are replaced, isCut stays
 *     heal    the fault is gone
 */

import type { LinkReset, LinksFile } from '../config/links-file.js';
import { CUT, NO_FAULT, type DirectedFault, type LinkFault } from '../wire/link-fault.js';
import { linkKey, type DirectedLink } from './link-spec.js';

export type LinkShape = Omit<LinkFault, 'isCut'>;

export type LinkChange =
  { readonly kind: 'cut' } | { readonly kind: 'shape'; readonly shape: LinkShape };

export interface NewFaults {
  readonly links: readonly DirectedLink[];
  readonly change: LinkChange;
  /** Wall clock; undefined: until it is healed. */
  readonly expiresAtEpochMs: number | undefined;
}

export function withoutExpired(file: LinksFile, nowEpochMs: number): LinksFile {
  const faults = file.faults.filter(
    ({ expiresAtEpochMs }) => expiresAtEpochMs === undefined || expiresAtEpochMs > nowEpochMs,
  );
  return { ...file, faults };
}

export function withFaults(file: LinksFile, options: NewFaults): LinksFile {
  const faults = new Map(file.faults.map((fault) => [linkKey(fault), fault]));
  for (const { from, to } of options.links) {
    const fault = changed(faults.get(linkKey({ from, to }))?.fault ?? NO_FAULT, options.change);
    const { expiresAtEpochMs } = options;
    faults.set(linkKey({ from, to }), { from, to, fault, expiresAtEpochMs });
  }
  return { ...file, faults: inOrder([...faults.values()]) };
}

function changed(fault: LinkFault, change: LinkChange): LinkFault {
  switch (change.kind) {
    case 'cut':
      return { ...fault, isCut: CUT.isCut };
    case 'shape':
      return { ...change.shape, isCut: fault.isCut };
  }
}

/** `links` undefined: all are healed. Counters of resets stay: they only ever rise. */
export function withoutFaults(
  file: LinksFile,
  links: readonly DirectedLink[] | undefined,
): LinksFile {
  const healed = new Set(links?.map(linkKey));
  const faults =
    links === undefined ? [] : file.faults.filter((fault) => !healed.has(linkKey(fault)));
  return { ...file, faults };
}

/** Each direction counts one reset more: its node closes the connection. */
export function withResets(file: LinksFile, links: readonly DirectedLink[]): LinksFile {
  const resets = new Map(file.resets.map((reset) => [linkKey(reset), reset]));
  for (const { from, to } of links) {
    const count = (resets.get(linkKey({ from, to }))?.count ?? 0) + 1;
    resets.set(linkKey({ from, to }), { from, to, count });
  }
  return { ...file, resets: inOrder<LinkReset>([...resets.values()]) };
}

/** The faults of these directions. */
export function faultsOf(
  file: LinksFile,
  links: readonly DirectedLink[],
): readonly DirectedFault[] {
  const wanted = new Set(links.map(linkKey));
  return file.faults.filter((fault) => wanted.has(linkKey(fault)));
}

function inOrder<Link extends DirectedLink>(links: Link[]): Link[] {
  return links.sort((a, b) => a.from - b.from || a.to - b.to);
}
