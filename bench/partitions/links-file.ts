/** What omnikv reads and writes as text: the faults of its links, and its ballots. Pure. */

import type { LinkTrouble, Trouble } from './scenario.js';

/** `run/links.json`, as its nodes read it. */
export function linksFileOf(troubles: readonly LinkTrouble[]): string {
  const faults = troubles.map(({ from, to, trouble }) => ({ from, to, ...faultOf(trouble) }));
  return `${JSON.stringify({ faults, resets: [] })}\n`;
}

function faultOf(trouble: Trouble): Readonly<Record<string, boolean | number>> {
  switch (trouble.kind) {
    case 'cut':
      return { isCut: true };
    case 'drop':
      return { dropProbability: trouble.probability };
    case 'delay':
      return { delayMs: trouble.delayMs };
  }
}

/** `c1.n4.p0@2`: its numbers are in the order of their weight. */
export function roundOf(ballot: string): readonly number[] {
  return (ballot.match(/\d+/g) ?? []).map(Number);
}
