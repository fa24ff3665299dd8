/**
 * The decision table of recovery, enumerated: every case has exactly one row, and the right answer.
 */

import { describe, expect, it } from 'vitest';

import {
  decide,
  matchingRows,
  RECOVERY_TABLE,
  type RecoveryCase,
  type RecoveryDecision,
} from '../../src/core/storage/recovery-table.js';

type Record = Pick<RecoveryCase, 'header' | 'body' | 'order'>;

/** What can stand in one place: a body has meaning only behind a good header, and so on. */
const RECORDS: readonly Record[] = [
  { header: 'ok', body: 'ok', order: 'ok' },
  { header: 'ok', body: 'ok', order: 'broken' },
  { header: 'ok', body: 'bad', order: 'none' },
  { header: 'bad', body: 'none', order: 'none' },
  { header: 'zero', body: 'none', order: 'none' },
];

function allCases(): RecoveryCase[] {
  const cases: RecoveryCase[] = [];
  for (const segment of ['notLast', 'last'] as const) {
    for (const record of RECORDS) {
      for (const laterProof of ['yes', 'no'] as const) {
        for (const cleanMark of ['yes', 'no'] as const) {
          for (const rest of ['zero', 'nonZero'] as const) {
            cases.push({ segment, ...record, laterProof, cleanMark, rest });
          }
        }
      }
    }
  }
  return cases;
}

/** The same rules, said in another way. */
function expected(found: RecoveryCase): RecoveryDecision {
  if (found.body === 'ok') return found.order === 'ok' ? 'accept' : 'outOfOrder';
  const isBlank = found.header === 'zero';
  const damage = isBlank ? 'hole' : found.header === 'ok' ? 'corruptIdentityKnown' : 'corrupt';
  if (found.segment === 'notLast') return isBlank && found.rest === 'zero' ? 'endOfLog' : damage;
  if (found.laterProof === 'yes') return damage;
  if (isBlank && found.rest === 'zero') return 'endOfLog';
  if (found.cleanMark === 'yes') return isBlank ? 'corrupt' : damage;
  return 'tornTail';
}

describe('the recovery table (D21, D24)', () => {
  it('has exactly one row for every case', () => {
    for (const found of allCases()) {
      expect(matchingRows(found), JSON.stringify(found)).toHaveLength(1);
    }
  });

  it('has no row that no case reaches', () => {
    const reached = new Set(allCases().flatMap(matchingRows));
    expect(RECOVERY_TABLE.filter((row) => !reached.has(row))).toEqual([]);
  });

  it('decides every case as the rules say', () => {
    for (const found of allCases()) {
      expect(decide(found), JSON.stringify(found)).toBe(expected(found));
    }
  });

  it('never cuts where a later record proves that the data was synced', () => {
    for (const found of allCases()) {
      if (found.laterProof === 'no' || found.body === 'ok') continue;
      if (found.segment === 'last') expect(['tornTail', 'endOfLog']).not.toContain(decide(found));
    }
  });
});
