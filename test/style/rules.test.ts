/**
 * The rules of docs/rules.md and their citations hold together.
 *
 * A rule is cited as a letter and a number in `src/` and `test/`. Each citation must lead
 * somewhere, and each rule of this version must be cited by a test, or nobody would notice when the
 * code stops keeping it.
 */

import { describe, expect, it } from 'vitest';
import { readRoot, sourceFiles, type SourceFile } from './sources.js';

/** `- **P4** text`; rules of a later version say `(later)` right after the number. */
const RULE = /^- \*\*([A-Z]\d+)\*\*( \(later\))?/gm;
/** Letters of docs/rules.md, as a word of their own. */
const CITATION = /(?<![\w\\-])([ACDEHKLMNPQRSTUXZ]\d{1,2})(?![\w-])/g;
const CITED_RANGE = /(?<![\w\\-])([ACDEHKLMNPQRSTUXZ])(\d{1,2})[–-]\1?(\d{1,2})(?!\w)/g;

function definedRules(): Map<string, { readonly isLater: boolean }> {
  const rules = new Map<string, { readonly isLater: boolean }>();
  for (const [, id, later] of readRoot('docs/rules.md').matchAll(RULE)) {
    rules.set(id ?? '', { isLater: later !== undefined });
  }
  return rules;
}

function citations(text: string): Set<string> {
  const cited = new Set<string>();
  for (const [, id] of text.matchAll(CITATION)) cited.add(id ?? '');
  for (const [, letter, first, last] of text.matchAll(CITED_RANGE)) {
    for (let n = Number(first); n <= Number(last); n++) cited.add(`${letter ?? ''}${n}`);
  }
  return cited;
}

/** The style tests speak about rules; they do not test any. */
function notStyle(file: SourceFile): boolean {
  return !file.path.startsWith('test/style/');
}

describe('docs/rules.md', () => {
  const rules = definedRules();

  it('states each rule once', () => {
    const ids = [...readRoot('docs/rules.md').matchAll(RULE)].map(([, id]) => id);
    expect(ids).toEqual([...new Set(ids)]);
    expect(ids.length).toBeGreaterThan(100);
  });

  it('holds every rule that src/ and test/ cite', () => {
    const dangling = sourceFiles(['src', 'test', 'scripts', 'templates'])
      .filter(notStyle)
      .flatMap((file) =>
        [...citations(file.text)].filter((id) => !rules.has(id)).map((id) => `${file.path}: ${id}`),
      );
    expect(dangling).toEqual([]);
  });

  it('holds no rule of this version that no test cites', () => {
    const tests = sourceFiles(['test']).filter(notStyle);
    const cited = new Set(tests.flatMap((file) => [...citations(file.text)]));
    const untested = [...rules].filter(([id, rule]) => !rule.isLater && !cited.has(id));
    expect(untested.map(([id]) => id)).toEqual([]);
  });
});
