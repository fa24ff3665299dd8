/**
 * Builds `dist/` before the process tests when a source file is newer than the last build.
 *
 * The process tests run `bin/run.js`, as a user does: they must never test yesterday's build.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const BUILT = [
  'dist/core/index.js',
  'dist/core/server/main.bundle.js',
  'dist/short-path.js',
  'dist/command-line/cli/main.js',
  'oclif.manifest.json',
];
const SOURCES = [
  'src',
  'scripts/bundle.js',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

function newestMs(path: string): number {
  const status = statSync(path);
  if (!status.isDirectory()) return status.mtimeMs;
  const children = readdirSync(path).map((name) => newestMs(join(path, name)));
  return Math.max(status.mtimeMs, ...children);
}

function isStale(): boolean {
  if (!BUILT.every((path) => existsSync(path))) return true;
  const builtMs = Math.min(...BUILT.map((path) => statSync(path).mtimeMs));
  return Math.max(...SOURCES.map(newestMs)) > builtMs;
}

export function setup(): void {
  if (isStale()) execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
