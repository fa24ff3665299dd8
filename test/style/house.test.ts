/**
 * House style that a linter does not see: headers, unfinished work, machine paths, names.
 */

import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ROOT, sourceFiles } from './sources.js';

const CODE = sourceFiles(['src', 'test', 'scripts', 'bin', 'bench']);
const PROSE = [...sourceFiles(['docs', 'templates'], ['.md', '.toml', '.txt'])];

/** Spelled in halves, so that this file does not find itself. */
const UNFINISHED = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|'));
const SKIPPED = /\b(?:it|test|describe)\s*\.\s*(?:skip|only|todo|fails)\b/;
const SILENCED = /@ts-(?:ignore|nocheck|expect-error)|eslint-disable/;

function offenders(pattern: RegExp, files = CODE): readonly string[] {
  return files.filter((file) => pattern.test(file.text)).map((file) => file.path);
}

describe('the house', () => {
  it('every file begins with a comment that says what it is for', () => {
    const bare = CODE.filter((file) => !/^(#![^\n]*\n+)?\/[*/]/.test(file.text));
    expect(bare.map((file) => file.path)).toEqual([]);
  });

  it('nothing is left for later in a comment', () => {
    expect(offenders(UNFINISHED, [...CODE, ...PROSE])).toEqual([]);
  });

  it('no test is skipped, no compiler or linter silenced', () => {
    const others = CODE.filter((file) => !file.path.startsWith('test/style/'));
    expect(offenders(SKIPPED, others)).toEqual([]);
    expect(offenders(SILENCED, others)).toEqual([]);
  });

  it('no path of one machine stands in the tree', () => {
    const machine = [ROOT, homedir()].filter((path) => path.length > 1);
    const files = [...CODE, ...PROSE, ...sourceFiles(['.ci'], ['run', '.js'])];
    const found = files.filter((file) => machine.some((path) => file.text.includes(`${path}/`)));
    expect(found.map((file) => file.path)).toEqual([]);
  });

  it('file names are kebab-case, and no room is called utils, helpers, common or types', () => {
    const odd = CODE.map((file) => file.path).filter(
      (path) => !/^(?:[a-z0-9-]+\/)*[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:ts|js|cjs)$/.test(path),
    );
    expect(odd).toEqual([]);
    const rooms = CODE.filter((file) =>
      /\/(?:utils|helpers|common|types)(?:\/|\.)/.test(file.path),
    );
    expect(rooms.map((file) => file.path)).toEqual([]);
  });

  it('no file of src/ is longer than 400 lines', () => {
    const long = CODE.filter((file) => file.path.startsWith('src/')).filter(
      (file) => file.text.split('\n').length > 401,
    );
    expect(long.map((file) => file.path)).toEqual([]);
  });
});
