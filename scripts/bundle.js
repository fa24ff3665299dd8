/**
 * Makes one file each of the two programs whose start counts: a hundred files take longer to find
 * and to link than to run.
 *
 * The short path (src/cli/short-path.ts) must hold nothing but our own code. A node
 * (src/core/server/main.ts) takes along what it needs; its bundle lies beside its entry, from where
 * both find the package.
 */

import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Gives the ids of the modules that are not our own. */
async function bundle(from, to) {
  const build = await rolldown({
    input: inRoot(from),
    platform: 'node',
    external: /^node:/,
    // @iarna/toml looks for node:util by it, and does without where it finds none.
    checks: { eval: false },
  });
  const { output } = await build.write({ file: inRoot(to), format: 'esm', codeSplitting: false });
  await build.close();
  return output
    .flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
    .filter((id) => id.includes('node_modules'));
}

const foreign = await bundle('dist/cli/short-path.js', 'dist/short-path.js');
if (foreign.length > 0) throw new Error(`the short path loads ${foreign.join(', ')}`);
await bundle('dist/core/server/main.js', 'dist/core/server/main.bundle.js');
