/**
 * Makes one file of the short path (src/cli/short-path.ts): sixty files would take as long to find as
 * oclif takes to load. It must hold nothing but our own code.
 */

import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const bundle = await rolldown({
  input: inRoot('dist/cli/short-path.js'),
  platform: 'node',
  external: /^node:/,
});
const { output } = await bundle.write({
  file: inRoot('dist/short-path.js'),
  format: 'esm',
  codeSplitting: false,
});
await bundle.close();

const foreign = output
  .flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
  .filter((id) => id.includes('node_modules'));
if (foreign.length > 0) throw new Error(`the short path loads ${foreign.join(', ')}`);
