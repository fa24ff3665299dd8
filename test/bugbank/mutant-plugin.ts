/**
 * Loads modules as a mutant of the bug bank has them: `import('…/follower.ts?mutant=22')`.
 *
 * The query passes on to every relative import from which a changed file can be reached; all other
 * modules are shared with the tests, so a mutant costs only what it touches. Nothing is written.
 */

import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import type { Edit, Mutant } from './mutant.js';

const QUERY = /\?mutant=(\d+)$/;
/** Type imports vanish when a module is compiled. */
const IMPORT = /^(?:import|export) (?!type )(?:[^;'"]* from )?'(\.[^']+)'|import\('(\.[^']+)'\)/gm;

interface MutantPlugin {
  readonly name: string;
  readonly enforce: 'pre';
  resolveId(source: string, importer?: string): string | undefined;
  load(id: string): string | undefined;
}

export function mutantPlugin(root: string, mutants: readonly Mutant[]): MutantPlugin {
  const graph = new ImportGraph();
  const reachesEdit = new Map<string, boolean>();
  const editsOf = (id: number): readonly Edit[] => {
    const mutant = mutants.find((candidate) => candidate.id === id);
    if (mutant === undefined) throw new Error(`there is no mutant ${id}`);
    return mutant.edits;
  };
  const isTouched = (id: number, path: string): boolean => {
    const key = `${id} ${path}`;
    let answer = reachesEdit.get(key);
    if (answer === undefined) {
      const changed = editsOf(id).map(({ file }) => join(root, file));
      answer = changed.some((file) => graph.reaches(path, file));
      reachesEdit.set(key, answer);
    }
    return answer;
  };
  return {
    name: 'omnikv:mutant',
    enforce: 'pre',
    resolveId(source, importer) {
      if (importer === undefined || !source.startsWith('.')) return undefined;
      const id = QUERY.exec(source)?.[1] ?? QUERY.exec(importer)?.[1];
      if (id === undefined) return undefined;
      const path = sourcePath(importer, source);
      if (isTouched(Number(id), path)) return `${path}?mutant=${id}`;
      if (QUERY.test(source)) throw new Error(`mutant ${id} does not reach ${source}`);
      return path;
    },
    load(id) {
      const mutant = QUERY.exec(id)?.[1];
      if (mutant === undefined) return undefined;
      const path = id.replace(QUERY, '');
      const edits = editsOf(Number(mutant)).filter(({ file }) => join(root, file) === path);
      return applyEdits(readFileSync(path, 'utf8'), edits);
    },
  };
}

/** Throws where an edit does not stand at exactly one place. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let changed = text;
  for (const { file, find, replace } of edits) {
    const places = changed.split(find).length - 1;
    if (places !== 1) throw new Error(`${file}: ${places} places instead of one: ${find}`);
    changed = changed.replace(find, () => replace);
  }
  return changed;
}

class ImportGraph {
  readonly #imports = new Map<string, readonly string[]>();

  reaches(from: string, target: string): boolean {
    const seen = new Set<string>();
    const waiting = [from];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (path === target) return true;
      if (seen.has(path)) continue;
      seen.add(path);
      waiting.push(...this.#importsOf(path));
    }
    return false;
  }

  #importsOf(path: string): readonly string[] {
    let imports = this.#imports.get(path);
    if (imports === undefined) {
      const text = readFileSync(path, 'utf8');
      imports = [...text.matchAll(IMPORT)]
        .map((match) => sourcePath(path, match[1] ?? match[2] ?? ''))
        .filter((file) => file.endsWith('.ts'));
      this.#imports.set(path, imports);
    }
    return imports;
  }
}

function sourcePath(importer: string, source: string): string {
  const from = dirname(importer.replace(QUERY, ''));
  return resolve(from, source.replace(QUERY, '')).replace(/\.js$/, '.ts');
}
