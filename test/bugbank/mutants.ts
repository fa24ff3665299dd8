/**
 * The bug bank: the list of real incidents, each as a mutant or with the reason why it cannot be.
 *
 * Numbers are those of the list that the design began with; they are never used twice.
 */

import type { Mutant, NotApplicable } from './mutant.js';
import { DISK_MUTANTS } from './mutants/disk.js';
import { DURABILITY_MUTANTS } from './mutants/durability.js';
import { ELECTION_AND_READ_MUTANTS } from './mutants/election-and-reads.js';
import { MACHINE_MUTANTS } from './mutants/machine.js';
import { REPLICATION_MUTANTS } from './mutants/replication.js';
import { REQUEST_MUTANTS } from './mutants/requests.js';

export const INCIDENT_COUNT = 50;

export const MUTANTS: readonly Mutant[] = [
  ...DURABILITY_MUTANTS,
  ...REPLICATION_MUTANTS,
  ...ELECTION_AND_READ_MUTANTS,
  ...REQUEST_MUTANTS,
  ...DISK_MUTANTS,
  ...MACHINE_MUTANTS,
].sort((a, b) => a.id - b.id);

const NO_SNAPSHOTS =
  'this version has no snapshots and trims nothing (P9 and D25 to D28 are later)';

export const NOT_APPLICABLE: readonly NotApplicable[] = [
  {
    id: 6,
    title: 'replay skips truncations at or below the snapshot (etcd #22442)',
    reason: NO_SNAPSHOTS,
  },
  {
    id: 7,
    title: 'the applied index is saved apart from the applied change (etcd 3.5)',
    reason: 'no applied index is stored: the state is rebuilt from the log (P7)',
  },
  { id: 10, title: 'a snapshot is renamed before its data is synced', reason: NO_SNAPSHOTS },
  { id: 18, title: 'the session table is not in the snapshot', reason: NO_SNAPSHOTS },
  {
    id: 25,
    title: 'recursion in the decoder (ioredis #2138)',
    reason: 'no format nests, so no decoder can recurse on its input (N10, byte-reader.ts)',
  },
  { id: 29, title: 'trimming below what a lagging peer needs', reason: NO_SNAPSHOTS },
  { id: 35, title: 'trimming below an applied index without a snapshot', reason: NO_SNAPSHOTS },
  {
    id: 39,
    title: 'the identity of a request includes the node that forwards it',
    reason:
      "an entry of the log is the client's own command: it has no field that a node could write (K1)",
  },
];
