/**
 * The tests that mutation testing runs for one room: the room's own, and nothing of other processes.
 */

import { defineConfig } from 'vitest/config';

const room = process.env.OMNIKV_MUTATE_ROOM ?? 'kv';

export default defineConfig({
  test: {
    include: [`test/${room}/**/*.test.ts`],
    // Seconds for each mutant: what only noise would find counts as a survivor.
    exclude: ['test/wire/total-decode.test.ts'],
    testTimeout: 60_000,
    isolate: false,
  },
});
