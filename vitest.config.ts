/**
 * Two projects: `unit` runs side by side, `process` starts real nodes and runs alone, afterwards.
 *
 * Two files of process tests run at a time: a cluster mostly waits for its disk and its timers, and
 * no test of them may depend on how fast the machine is.
 */

import { defineConfig } from 'vitest/config';

import { mutantPlugin } from './test/bugbank/mutant-plugin.js';
import { MUTANTS } from './test/bugbank/mutants.js';

export default defineConfig({
  plugins: [mutantPlugin(import.meta.dirname, MUTANTS)],
  test: {
    // @oclif/test needs the console as it is; so do our own checks of standard output.
    disableConsoleIntercept: true,
    coverage: {
      provider: 'v8',
      include: ['src/core/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/process/**'],
          // One a core: vitest leaves one of them idle, which of two is half.
          maxWorkers: '100%',
          testTimeout: 20_000,
          // A process a file would cost more than most files do. No test may leave anything behind.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: ['test/process/**/*.test.ts'],
          globalSetup: ['test/support/build-dist.ts'],
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
