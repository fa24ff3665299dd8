/**
 * Mutation testing of one room with its own unit tests: `npm run mutate -- ROOM` sets the room.
 *
 * Not part of `npm test`. What survives is either a missing test or an equal program; docs/proof.md
 * tells which. Assertions are contracts whose texts nobody tests: string mutants say nothing.
 */

const room = process.env.OMNIKV_MUTATE_ROOM ?? 'kv';

// Options: https://stryker-mutator.io/docs/stryker-js/configuration/
export default {
  mutate: [`src/core/${room}/**/*.ts`],
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  coverageAnalysis: 'perTest',
  checkers: [],
  // Texts of errors: each code has its tests, the wording has not.
  mutator: { excludedMutations: ['StringLiteral'] },
  concurrency: Number(process.env.OMNIKV_MUTATE_WORKERS ?? 2),
  // A busy machine must not count as a kill.
  timeoutMS: 10_000,
  timeoutFactor: 2,
  tempDirName: 'reports/stryker-tmp',
  ignorePatterns: ['dist', 'reports', 'coverage', 'bench', 'docs/*.png'],
  reporters: ['dots', 'clear-text', 'json', 'html'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: `reports/mutation/${room}.json` },
  htmlReporter: { fileName: `reports/mutation/${room}.html` },
  disableTypeChecks: false,
  allowConsoleColors: false,
};
