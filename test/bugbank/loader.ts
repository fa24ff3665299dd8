/**
 * Modules of this repository by path, with or without a mutant.
 */

import type { Load } from './mutant.js';

/** `query`: empty, or `?mutant=ID`, which mutant-plugin.ts understands. */
export function loaderOf(query: string): Load {
  return async <Module>(path: string) => {
    // Not a template in `import`: Vite would look for the files before there is a mutant.
    const url = `../../${path}${query}`;
    return (await import(/* @vite-ignore */ url)) as Module;
  };
}
