/**
 * Two projects: `unit` runs side by side, `process` starts real nodes and runs alone, afterwards.
 *
 * Two real clusters at once on a small machine would measure the machine: process tests run one
 * file at a time.
 */

import { defineConfig } from 'vitest/config';

export default defineConfig({
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
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: ['test/process/**/*.test.ts'],
          globalSetup: ['test/support/build-dist.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
