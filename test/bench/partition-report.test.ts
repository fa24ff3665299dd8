/** The table, the targets and the picture of the runs of the partition experiment. */

import { expect, it } from 'vitest';

import { plotRuns } from '../../bench/partitions/plot.js';
import { renderRuns, targetsOf, type Run } from '../../bench/partitions/report.js';

const QUORUM_LOSS: Run = {
  system: 'omnikv',
  electionTimeoutMs: 300,
  repetition: 1,
  scenario: 'quorum-loss',
  roles: { leader: 2, hub: 1, far: 5, nodes: [1, 2, 3, 4, 5] },
  cutAtMs: 1_000,
  healedAtMs: 6_000,
  endMs: 8_000,
  hubLag: 0,
  firstNewWriteMs: 900,
  availability: { '1': 0.8, '2': 0.8, '3': 0.8, '4': 0.8, '5': 0.8 },
  emptyWindows: 9,
  emptyWindowsAfter: 0,
  newLeaderMs: 850,
  leaderChanges: 1,
  leaderChangesAfter: 0,
  levelAfterMs: 80,
  failureCount: 7,
  verdict: 'VALID',
  acknowledgements: [{ node: 1, beganMs: 1_890, endedMs: 1_900 }],
};

const CHAINED: Run = {
  ...QUORUM_LOSS,
  scenario: 'chained',
  roles: { leader: 1, hub: 2, far: 3, nodes: [1, 2, 3] },
  firstNewWriteMs: 4,
  availability: { '1': 1, '2': 1, '3': 0.96 },
  emptyWindows: 0,
  leaderChanges: 0,
};

const ETCD: Run = {
  ...QUORUM_LOSS,
  system: 'etcd',
  electionTimeoutMs: 1_000,
  firstNewWriteMs: undefined,
  levelAfterMs: undefined,
  verdict: undefined,
};

function failing(...runs: readonly Run[]): readonly string[] {
  return targetsOf(runs).flatMap(({ what, holds }) => (holds === false ? [what] : []));
}

it('shows a row a run, with the roles that were chosen', () => {
  const [titles, own, other] = renderRuns([QUORUM_LOSS, ETCD]).split('\n');
  expect(titles).toMatch(/first write ms +timeouts/);
  expect(own).toMatch(/^omnikv quorum-loss 1 +900 +3\.00 +1 H 80 %, 2 L 80 %, 3 80 %/);
  expect(own).toMatch(/ 9 +1 +0 +0 +80 +VALID$/);
  expect(other).toMatch(/^etcd quorum-loss 1 +> 5000 .* not yet *$/);
});

it('holds where every promise does', () => {
  expect(failing(QUORUM_LOSS, CHAINED)).toEqual([]);
});

it('one run over five timeouts, or a median over four, does not hold', () => {
  const after = (firstNewWriteMs: number): Run => ({ ...QUORUM_LOSS, firstNewWriteMs });
  const what = 'omnikv quorum-loss: election timeouts to the first new write';
  expect(failing(after(900), after(900), after(1_500))).toEqual([]);
  expect(failing(after(900), after(900), after(1_501))).toEqual([what]);
  expect(failing(after(1_201))).toEqual([what]);
  // The median that is shown is the one that is judged.
  expect(targetsOf([after(900), after(1_260)])[0]).toMatchObject({
    measured: 'median 3.60, worst 4.20',
    holds: true,
  });
  expect(failing({ ...QUORUM_LOSS, firstNewWriteMs: undefined })).toEqual([what]);
});

it('a chained cut that somebody notices does not hold', () => {
  expect(failing({ ...CHAINED, leaderChanges: 1 })).toHaveLength(1);
  expect(failing({ ...CHAINED, emptyWindows: 1 })).toHaveLength(1);
  expect(failing({ ...CHAINED, availability: { '1': 1, '2': 1, '3': 0.94 } })).toHaveLength(1);
});

it('neither does a healing that deposes a leader, or one that takes long', () => {
  expect(failing({ ...QUORUM_LOSS, leaderChangesAfter: 1 })).toHaveLength(1);
  expect(failing({ ...QUORUM_LOSS, levelAfterMs: 1_001 })).toHaveLength(1);
  expect(failing({ ...QUORUM_LOSS, levelAfterMs: undefined })).toHaveLength(1);
});

it('a history that was not found VALID never holds', () => {
  for (const verdict of ['INVALID', 'UNDECIDED', undefined]) {
    expect(failing({ ...CHAINED, verdict })).toEqual([
      'omnikv chained: histories that are not VALID',
    ]);
  }
});

it('where no quorum is, a new write must not be acknowledged', () => {
  expect(failing({ ...QUORUM_LOSS, scenario: 'minorities' })).toHaveLength(1);
  expect(failing({ ...QUORUM_LOSS, scenario: 'minorities', firstNewWriteMs: undefined })).toEqual(
    [],
  );
});

it('of others nothing is promised', () => {
  expect(targetsOf([ETCD])).toEqual([
    {
      what: 'etcd quorum-loss: first new write',
      measured: 'none during the cut',
      target: '',
      holds: undefined,
    },
  ]);
});

it('draws a panel for each system and scenario, with a line a node, the cut and the healing', () => {
  const svg = plotRuns([QUORUM_LOSS, { ...QUORUM_LOSS, repetition: 2 }, CHAINED, ETCD]);
  expect(svg.match(/<polyline /g)).toHaveLength(5 + 3 + 5);
  expect(svg.match(/>cut 1\.0 s</g)).toHaveLength(3);
  expect(svg.match(/>healed 6\.0 s</g)).toHaveLength(3);
  expect(svg).toContain('>node 3, cut off</text>');
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});
