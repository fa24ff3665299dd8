/**
 * Prints `N passed, N failed` from vitest's JSON report, and exits 1 unless all is well.
 *
 * A file that could not be loaded, or a report that is not there, counts as a failure: no tests is
 * not the same as no failures.
 */

import { readFileSync } from 'node:fs';

/** @param {string | undefined} path */
function count(path) {
  try {
    const report = JSON.parse(readFileSync(path ?? '', 'utf8'));
    const failedFiles = report.testResults.filter(
      (file) =>
        file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
    ).length;
    return { passed: report.numPassedTests, failed: report.numFailedTests + failedFiles };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

const { passed, failed } = count(process.argv[2]);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
