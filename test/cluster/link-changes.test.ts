/** What cut, link and heal make of the faults that are there. */

import { describe, expect, it } from 'vitest';

import {
  withFaults,
  withoutExpired,
  withoutFaults,
  withResets,
} from '../../src/core/cluster/link-changes.js';
import { NO_LINKS } from '../../src/core/config/links-file.js';
import { CUT, NO_FAULT } from '../../src/core/wire/link-fault.js';

const links = [{ from: 1, to: 2 }];
const [link] = links;
const forEver = { expiresAtEpochMs: undefined };
const cut = { kind: 'cut' } as const;
const slow = { kind: 'shape', shape: { ...NO_FAULT, delayMs: 50 } } as const;
const lossy = { kind: 'shape', shape: { ...NO_FAULT, dropProbability: 0.1 } } as const;

describe('a fault of a direction', () => {
  it('cut keeps what else is wrong', () => {
    const before = withFaults(NO_LINKS, { links, change: slow, ...forEver });
    const { faults } = withFaults(before, { links, change: cut, ...forEver });
    expect(faults).toEqual([{ ...link, fault: { ...CUT, delayMs: 50 }, ...forEver }]);
  });

  it('link replaces all but the cut', () => {
    const before = withFaults(NO_LINKS, { links, change: slow, ...forEver });
    const replaced = withFaults(before, { links, change: lossy, ...forEver });
    expect(replaced.faults[0]?.fault).toEqual({ ...NO_FAULT, dropProbability: 0.1 });
    const file = withFaults(NO_LINKS, { links, change: cut, ...forEver });
    const behind = withFaults(file, { links, change: slow, ...forEver });
    expect(behind.faults[0]?.fault).toEqual({ ...CUT, delayMs: 50 });
  });

  it('has the time of expiry of the last command, and is gone then', () => {
    const before = withFaults(NO_LINKS, { links, change: slow, expiresAtEpochMs: 1_000 });
    const file = withFaults(before, { links, change: cut, expiresAtEpochMs: 2_000 });
    expect(withoutExpired(file, 1_999).faults).toHaveLength(1);
    expect(withoutExpired(file, 2_000).faults).toEqual([]);
    const lasting = withFaults(file, { links, change: cut, ...forEver });
    expect(withoutExpired(lasting, 9_999).faults).toHaveLength(1);
  });

  it('heal takes it away, alone or with all others, and never lowers a counter', () => {
    const both = [...links, { from: 2, to: 1 }];
    const broken = withFaults(NO_LINKS, { links: both, change: cut, ...forEver });
    const file = withResets(withResets(broken, links), both);
    expect(withoutFaults(file, links).faults.map(({ from }) => from)).toEqual([2]);
    const healed = withoutFaults(file, undefined);
    expect(healed.faults).toEqual([]);
    expect(healed.resets).toEqual([
      { from: 1, to: 2, count: 2 },
      { from: 2, to: 1, count: 1 },
    ]);
  });
});
