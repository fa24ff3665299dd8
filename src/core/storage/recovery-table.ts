/**
 * The decision of recovery for every way in which a segment can go on (D21, D24).
 *
 * A log that goes on wrongly is torn (a crash during a write nobody was told about) or corrupt
 * (data that was synced has changed). Torn is cut; corrupt is refused, never repaired. When in
 * doubt the answer is corrupt. Exactly one row matches every case: the test enumerates them all.
 */

/** What stands where the next record should begin. */
export interface RecoveryCase {
  readonly segment: 'notLast' | 'last';
  /** `zero`: no header at all, the space was never written. */
  readonly header: 'ok' | 'bad' | 'zero';
  /** Of a record with a good header; `none` without one. */
  readonly body: 'ok' | 'bad' | 'none';
  /** D6, D9: the lsn follows and the chain holds. `none` without a good record. */
  readonly order: 'ok' | 'broken' | 'none';
  /** D10, D21: a later valid header says that this record had been synced. */
  readonly laterProof: 'yes' | 'no';
  /** D20: the record before is the Mark of a clean shutdown: nothing was being written. */
  readonly cleanMark: 'yes' | 'no';
  /** Whether the rest of the segment, from here on, is all zero. */
  readonly rest: 'zero' | 'nonZero';
}

export type RecoveryDecision =
  | 'accept'
  | 'endOfLog'
  /** Cut here, keep a `.torn` copy, count and log. */
  | 'tornTail'
  | 'corrupt'
  /** Corrupt, and the header still says which entries are lost. */
  | 'corruptIdentityKnown'
  /** Zeroes where a synced record was. */
  | 'hole'
  /** A jump in lsn or a break in the chain. */
  | 'outOfOrder';

type Pattern = { readonly [K in keyof RecoveryCase]: RecoveryCase[K] | '-' };
export type RecoveryRow = Pattern & { readonly decision: RecoveryDecision };

function row(
  cells: readonly [
    Pattern['segment'],
    Pattern['header'],
    Pattern['body'],
    Pattern['order'],
    Pattern['laterProof'],
    Pattern['cleanMark'],
    Pattern['rest'],
  ],
  decision: RecoveryDecision,
): RecoveryRow {
  const [segment, header, body, order, laterProof, cleanMark, rest] = cells;
  return { segment, header, body, order, laterProof, cleanMark, rest, decision };
}

// prettier-ignore
export const RECOVERY_TABLE: readonly RecoveryRow[] = [
  // segment    header  body    order     proof  clean  rest        decision
  row(['-',       'ok',   'ok',   'ok',     '-',   '-',   '-'],       'accept'),
  row(['-',       'ok',   'ok',   'broken', '-',   '-',   '-'],       'outOfOrder'),

  row(['notLast', 'bad',  '-',    '-',      '-',   '-',   '-'],       'corrupt'),
  row(['notLast', 'ok',   'bad',  '-',      '-',   '-',   '-'],       'corruptIdentityKnown'),
  row(['notLast', 'zero', '-',    '-',      '-',   '-',   'zero'],    'endOfLog'),
  row(['notLast', 'zero', '-',    '-',      '-',   '-',   'nonZero'], 'hole'),

  row(['last',    'bad',  '-',    '-',      'yes', '-',   '-'],       'corrupt'),
  row(['last',    'ok',   'bad',  '-',      'yes', '-',   '-'],       'corruptIdentityKnown'),
  row(['last',    'zero', '-',    '-',      'yes', '-',   '-'],       'hole'),

  row(['last',    'bad',  '-',    '-',      'no',  'yes', '-'],       'corrupt'),
  row(['last',    'ok',   'bad',  '-',      'no',  'yes', '-'],       'corruptIdentityKnown'),
  row(['last',    'zero', '-',    '-',      'no',  'yes', 'nonZero'], 'corrupt'),

  row(['last',    'bad',  '-',    '-',      'no',  'no',  '-'],       'tornTail'),
  row(['last',    'ok',   'bad',  '-',      'no',  'no',  '-'],       'tornTail'),
  // The sectors of one write may reach the disk in any order: a later one may be there alone.
  row(['last',    'zero', '-',    '-',      'no',  'no',  'nonZero'], 'tornTail'),

  row(['last',    'zero', '-',    '-',      'no',  '-',   'zero'],    'endOfLog'),
];

const COLUMNS = [
  'segment',
  'header',
  'body',
  'order',
  'laterProof',
  'cleanMark',
  'rest',
] as const satisfies readonly (keyof RecoveryCase)[];

export function matchingRows(found: RecoveryCase): readonly RecoveryRow[] {
  return RECOVERY_TABLE.filter((candidate) =>
    COLUMNS.every((column) => candidate[column] === '-' || candidate[column] === found[column]),
  );
}

/** A case without a row would be a bug of the table: then nothing is trusted. */
export function decide(found: RecoveryCase): RecoveryDecision {
  return matchingRows(found)[0]?.decision ?? 'corrupt';
}
