/**
 * Lines of operations: words, quotes, comments, places; what is written is read back.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnOf, quoteWord, splitLine } from '../../src/cli/line-syntax.js';

function wordsOf(line: string): readonly (readonly string[])[] {
  const split = splitLine(line);
  if (split.kind === 'fault') throw new Error(split.fault.message);
  return split.statements.map((statement) => statement.map(({ text }) => text));
}

describe('a line', () => {
  it.each([
    ['put a 5', ['put', 'a', '5']],
    ['  put\ta   5 ', ['put', 'a', '5']],
    [`put 'a b' "c d"`, ['put', 'a b', 'c d']],
    [`put 'it'\\''s' x`, ['put', "it's", 'x']],
    [`put a\\ b \\#c`, ['put', 'a b', '#c']],
    [`put "\\n\\t\\"\\\\\\u0041" '\\n'`, ['put', '\n\t"\\A', '\\n']],
    [`put a"b"'c'd e`, ['put', 'abcd', 'e']],
    [`put "" ''`, ['put', '', '']],
    ['get a # the rest', ['get', 'a']],
    ['get a#b', ['get', 'a#b']],
    [`get '#a' '; b'`, ['get', '#a', '; b']],
    ['get $HOME `x` *', ['get', '$HOME', '`x`', '*']],
  ])('%s', (line, words) => {
    expect(wordsOf(line)).toEqual([words]);
  });

  it.each(['', '   ', '# comment', '\t# x; y', ';', ' ; ; '])('%j has no statement', (line) => {
    expect(wordsOf(line)).toEqual([]);
  });

  it('has statements separated by ;', () => {
    expect(wordsOf('put a 1; get a;get b # x; y')).toEqual([
      ['put', 'a', '1'],
      ['get', 'a'],
      ['get', 'b'],
    ]);
  });

  it.each([
    [`put 'a`, 4, "the quote ' is never closed"],
    [`put x "a\\"`, 6, 'the quote " is never closed'],
    ['put a\\', 5, 'the line ends behind a backslash'],
    [`put "a\\q"`, 6, '\\q is no escape between double quotes'],
    [`put "\\u12x4"`, 5, '\\u is no escape between double quotes'],
  ])('%s says what is wrong, and where', (line, at, message) => {
    expect(splitLine(line)).toMatchObject({ kind: 'fault', fault: { at, message } });
  });

  it('counts columns in characters', () => {
    expect(columnOf('put 😀ñ x', 'put 😀ñ '.length)).toBe(8);
    expect(columnOf('abc', 0)).toBe(1);
  });
});

describe('quoting', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 40 });

  it('gives back every word, whatever stands in it', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 });
    const odd = units.map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(fc.array(fc.oneof(anyText, odd), { minLength: 1 }), (words) => {
        expect(wordsOf(words.map(quoteWord).join(' '))).toEqual([words]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never writes a control character, a line end or a comment', () => {
    fc.assert(
      fc.property(anyText, (word) => {
        const quoted = quoteWord(word);
        expect(quoted).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
        expect(quoted).not.toMatch(/^[#{;-]/);
      }),
    );
  });

  it('leaves plain words as they are', () => {
    for (const word of ['a', 'user:1', 'a/b.c', '18446744073709551615']) {
      expect(quoteWord(word)).toBe(word);
    }
    expect(quoteWord('--text')).toBe(`'--text'`);
    expect(quoteWord('')).toBe(`''`);
  });

  it('no line makes the reader throw', () => {
    const soup = fc.array(fc.constantFrom('a', ' ', "'", '"', '\\', ';', '#', 'u0041', '😀', '\t'));
    fc.assert(
      fc.property(
        soup.map((parts) => parts.join('')),
        (line) => {
          const split = splitLine(line);
          if (split.kind === 'fault') expect(split.fault.at).toBeLessThanOrEqual(line.length);
          else expect(split.statements.every((words) => words.length > 0)).toBe(true);
        },
      ),
    );
  });
});
