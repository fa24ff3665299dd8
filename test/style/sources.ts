/**
 * Which files the style tests look at, and where the repository begins.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

function walk(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : walk(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Files below `directories` whose names end in one of `endings`. */
export function sourceFiles(
  directories: readonly string[],
  endings: readonly string[] = ['.ts', '.js', '.cjs'],
): readonly SourceFile[] {
  return directories
    .flatMap((directory) => walk(join(ROOT, directory)))
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({ path: relative(ROOT, path), text: readFileSync(path, 'utf8') }));
}

export function readRoot(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
