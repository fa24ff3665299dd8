/**
 * The version of the program, from the one place that states it.
 */

import { readFileSync } from 'node:fs';

/** From `src/core/server` and from `dist/core/server` alike. */
const PACKAGE_FILE = new URL('../../../package.json', import.meta.url);

export function readVersion(): string {
  const manifest = JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { version: string };
  return manifest.version;
}
