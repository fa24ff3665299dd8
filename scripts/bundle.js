/**
 * Makes one file of what is loaded where a start counts: a hundred files take longer to find and to
 * link than to run.
 *
 * - The short path (src/cli/short-path.ts) must hold nothing but our own code.
 * - A node (src/core/server/main.ts) takes along what it needs; its bundle lies beside its entry, from
 *   where both find the package.
 * - Two files take in the package that they alone import: zod loads in 8 ms instead of 53, execa in
 *   17 instead of 75.
 * - The command line (dist/command-line/) is all commands in one graph, whose files are as few as what
 *   they share allows: a command loads a dozen instead of two hundred, in 0.1 s less. The packages
 *   stay outside, as oclif must be one for all.
 */

import { readdir, rm, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const COMMAND_LINE = 'dist/command-line';

/** Gives the ids of the modules that are not our own. */
async function bundle(from, to, external = /^node:/) {
  const build = await rolldown({
    input: inRoot(from),
    platform: 'node',
    external,
    makeAbsoluteExternalsRelative: false,
    // @iarna/toml looks for node:util by it, and does without where it finds none.
    checks: { eval: false },
  });
  const { output } = await build.generate({
    file: inRoot(to),
    format: 'esm',
    codeSplitting: false,
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  await build.close();
  const [chunk] = output;
  await writeFile(inRoot(to), inAscii(chunk.code));
  return chunk.moduleIds.filter((id) => id.includes('node_modules'));
}

/** Our own modules stay the ones that others import, too: there is one of each class. */
async function takeInPackages(path) {
  await bundle(path, path, (id, importer) => {
    const isOurs = importer !== undefined && !importer.includes('node_modules');
    return id.startsWith('node:') || (isOurs && id.startsWith('.'));
  });
}

/** What looks for a file beside its own finds it where the file was, whatever chunk it came into. */
const keepPlaces = {
  name: 'keep-places',
  transform(code, id) {
    if (!code.includes('import.meta.url')) return null;
    const place = relative(inRoot('dist'), id);
    return code.replaceAll('import.meta.url', `import.meta.resolve('#dist/${place}')`);
  },
};

async function bundleCommandLine() {
  const names = await readdir(inRoot('dist/commands'), { recursive: true });
  const commands = names.filter((name) => name.endsWith('.js')).map((name) => `commands/${name}`);
  const entries = [...commands, 'cli/main.js', 'cli/command-not-found.js'];
  const build = await rolldown({
    input: Object.fromEntries(
      entries.map((entry) => [entry.replace(/\.js$/, ''), inRoot(`dist/${entry}`)]),
    ),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    plugins: [keepPlaces],
    checks: { eval: false },
  });
  await rm(inRoot(COMMAND_LINE), { recursive: true, force: true });
  await build.write({
    dir: inRoot(COMMAND_LINE),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  await build.close();
}

/** A process keeps its source, and one character beyond Latin-1 doubles the bytes of all of them. */
function inAscii(code) {
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return code.replace(/[^\0-\x7f]/g, escaped);
}

const foreign = await bundle('dist/cli/short-path.js', 'dist/short-path.js');
if (foreign.length > 0) throw new Error(`the short path loads ${foreign.join(', ')}`);
await bundle('dist/core/server/main.js', 'dist/core/server/main.bundle.js');
await takeInPackages('dist/core/cluster/execa.js');
await takeInPackages('dist/core/config/config-schema.js');
await bundleCommandLine();
