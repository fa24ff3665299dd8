/**
 * Writes oclif.manifest.json after the bundles, so that a command starts without loading the others.
 *
 * Only `Plugin` of @oclif/core is needed: the 54 MB `oclif` package is not. A command that cannot
 * be loaded fails the build.
 */

import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifestPath = fileURLToPath(new URL('../oclif.manifest.json', import.meta.url));

await rm(manifestPath, { force: true });
const plugin = new Plugin({
  root,
  type: 'core',
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
});
await plugin.load();
await writeFile(manifestPath, `${JSON.stringify(plugin.manifest)}\n`);
