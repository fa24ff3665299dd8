/**
 * The tests that mutation testing runs for one room: the room's own, then fifty seeds of the
 * simulator, and nothing of other processes.
 */

import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { defineConfig } from 'vitest/config';

const room = process.env.OMNIKV_MUTATE_ROOM ?? 'kv';

/** Seconds for each mutant: what only they would find is left to the seeds, or counts as a survivor. */
const TOO_SLOW = [
  'test/wire/total-decode.test.ts',
  'test/omnipaxos/random-faults.test.ts',
  'test/omnipaxos/partition-patterns.test.ts',
  'test/omnipaxos/partial-connectivity.test.ts',
];

const SEEDS = 'fifty-seeds.mutation.ts';

/** The first failure ends a mutant: what is quick is asked first. */
class SeedsLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSeeds = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith(SEEDS);
    return [...sorted.filter((file) => !isSeeds(file)), ...sorted.filter(isSeeds)];
  }
}

export default defineConfig({
  test: {
    include: [`test/${room}/**/*.test.ts`, `test/simulator/${SEEDS}`],
    exclude: TOO_SLOW,
    // A callback that a mutant loses fails its test soon: no test of a room takes a second.
    testTimeout: 10_000,
    isolate: false,
    fileParallelism: false,
    sequence: { sequencer: SeedsLast },
  },
});
