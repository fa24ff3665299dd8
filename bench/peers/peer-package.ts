/**
 * The peers' client packages, which only `npm run bench:peers` installs.
 *
 * They are loaded by name at run time, so that the project is checked and tested without them.
 */

import { createRequire } from 'node:module';

/** From `bench/dist/peers/` to `bench/peers/`. */
const require = createRequire(new URL('../../peers/package.json', import.meta.url));

/** The caller names the part of the package that it uses. */
export function requirePeer(packageName: string): unknown {
  return require(packageName) as unknown;
}

export function hasPeerPackage(packageName: string): boolean {
  try {
    require.resolve(packageName);
    return true;
  } catch {
    return false;
  }
}
