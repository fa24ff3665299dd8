/** Faults as text, for commands and for status. */

import { describe, expect, it } from 'vitest';

import { faultLines, faultToJson, healedLines, renderFaults } from '../../src/cli/render-faults.js';
import {
  renderBrokenLinks,
  renderHealedLinks,
  renderScenario,
} from '../../src/cli/render-links.js';
import {
  CUT,
  NO_FAULT,
  type DirectedFault,
  type LinkFault,
} from '../../src/core/wire/link-fault.js';
import { memoryOutput } from '../support/memory-output.js';

const NOW = 1_000_000;

function fault(
  from: number,
  to: number,
  fields: Partial<LinkFault>,
  expiresAtEpochMs?: number,
): DirectedFault {
  return { from, to, fault: { ...NO_FAULT, ...fields }, expiresAtEpochMs };
}

describe('faults as text', () => {
  it('both directions with the same fault are one text, in the order of the nodes', () => {
    const faults = [fault(3, 1, CUT), fault(1, 3, CUT), fault(3, 2, CUT)];
    expect(renderFaults(faults, NOW)).toEqual(['1-3 cut', '3>2 cut']);
    expect(faultLines(faults, NOW)).toEqual(['node 1 - node 3: cut', 'node 3 > node 2: cut']);
  });

  it('two directions with different faults are two texts', () => {
    const faults = [fault(3, 1, { delayMs: 5 }), fault(1, 3, CUT)];
    expect(renderFaults(faults, NOW)).toEqual(['1>3 cut', '3>1 delay 5 ms']);
    expect(healedLines(faults)).toEqual(['node 1 - node 3: healed']);
  });

  it('says all that is wrong, and for how long', () => {
    const everything = {
      isCut: true,
      delayMs: 50,
      jitterMs: 10,
      dropProbability: 0.05,
      duplicateProbability: 0.01,
      reorderProbability: 0.02,
      bytesPerSecond: 102_400,
    };
    expect(renderFaults([fault(1, 3, everything, NOW + 12_000)], NOW)).toEqual([
      '1>3 cut, delay 50 ms ± 10 ms, drop 5 %, duplicate 1 %, reorder 2 %, at most 100 KiB/s, for 12 s more',
    ]);
    expect(renderFaults([fault(1, 3, CUT, NOW - 5)], NOW)).toEqual(['1>3 cut, for 0 ms more']);
    expect(renderFaults([fault(1, 3, {})], NOW)).toEqual(['1>3 whole']);
  });

  it('as JSON has every field', () => {
    expect(faultToJson(fault(1, 2, CUT))).toEqual({
      ...{ from: 1, to: 2, ...CUT },
      bytesPerSecond: null,
      expiresAtEpochMs: null,
    });
  });
});

describe('what the commands answer', () => {
  const faults = [fault(1, 2, CUT)];
  const unreached = [{ pid: 2, problem: 'it is paused' }];

  it('what was broken, all that is wrong, and who has not heard of it', () => {
    const { output, stdout, stderr } = memoryOutput();
    renderBrokenLinks(output, { changed: faults, faults, unreached });
    expect(stdout()).toBe('node 1 > node 2: cut\n');
    expect(stderr()).toContain('node 2 has not taken it up: it is paused');
  });

  it('what was healed, or that nothing was to heal', () => {
    const healed = memoryOutput();
    renderHealedLinks(healed.output, { changed: faults, faults: [], unreached: [] });
    expect(healed.stdout()).toBe('node 1 > node 2: healed\n');
    const whole = memoryOutput();
    renderHealedLinks(whole.output, { changed: [], faults: [], unreached: [] });
    expect(whole.stdout()).toBe('');
    expect(whole.stderr()).toContain('no such link had a fault');
  });

  it('whom a scenario chose and why, one line each, also as JSON', () => {
    const roles = [{ role: 'leader', pid: 1, why: 'serves now' }] as const;
    const report = { scenario: 'constrained', roles, changed: faults, faults, unreached: [] };
    const lag = { hubIdx: 3, leaderIdx: 5 };
    const text = memoryOutput();
    renderScenario(text.output, { ...report, scenario: 'constrained', lag });
    expect(text.stdout().split('\n')).toEqual([
      'leader: node 1 (serves now)',
      'the hub has 0..3, the leader had decided 0..5',
      'node 1 > node 2: cut',
      '',
    ]);
    const json = memoryOutput({ isJson: true });
    renderScenario(json.output, { ...report, scenario: 'constrained', lag: undefined });
    const answer = JSON.parse(json.stdout()) as Record<string, unknown>;
    expect(answer).toMatchObject({ ok: true, scenario: 'constrained', roles, lag: null });
    expect(answer.faults).toHaveLength(1);
    expect(answer.notes).toEqual([
      'nothing was written meanwhile: the log of the hub is not behind',
    ]);
  });
});
