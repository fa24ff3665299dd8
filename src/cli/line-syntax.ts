/**
 * The syntax of a line of operations, as `batch` and `shell` read it: words, quotes, comments.
 *
 * Words are separated by blanks, statements by `;`, and `#` at the beginning of a word starts a
 * comment. Single quotes take everything as it is; double quotes know the escapes of JSON; a
 * backslash outside quotes takes the next character as it is. Nothing is ever expanded. What
 * `quoteWord` writes is read back as the same word.
 */

export interface Word {
  readonly text: string;
  /** Where it begins in the line, in UTF-16 units. */
  readonly at: number;
  /** It has a quote or a backslash: such a word is never a flag. */
  readonly isQuoted: boolean;
}

export type Statement = readonly Word[];

export interface LineFault {
  readonly at: number;
  readonly message: string;
  readonly next: string;
}

export type SplitLine =
  | { readonly kind: 'statements'; readonly statements: readonly Statement[] }
  | { readonly kind: 'fault'; readonly fault: LineFault };

/** A piece of a word, and where the line goes on behind it. */
type Piece = { readonly text: string; readonly end: number } | { readonly fault: LineFault };

const JSON_ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

export function splitLine(line: string): SplitLine {
  const statements: Word[][] = [];
  let words: Word[] = [];
  let at = 0;
  for (;;) {
    while (line[at] === ' ' || line[at] === '\t') at += 1;
    const first = line[at];
    if (first === undefined || first === '#') break;
    if (first === ';') {
      if (words.length > 0) statements.push(words);
      words = [];
      at += 1;
      continue;
    }
    const read = readWord(line, at);
    if ('fault' in read) return { kind: 'fault', fault: read.fault };
    words.push(read.word);
    at = read.end;
  }
  if (words.length > 0) statements.push(words);
  return { kind: 'statements', statements };
}

type ReadWord = { readonly word: Word; readonly end: number } | { readonly fault: LineFault };

function readWord(line: string, start: number): ReadWord {
  let text = '';
  let isQuoted = false;
  let at = start;
  for (;;) {
    const plainEnd = endOfPlain(line, at);
    text += line.slice(at, plainEnd);
    at = plainEnd;
    const piece = readSpecial(line, at);
    if (piece === undefined) return { word: { text, at: start, isQuoted }, end: at };
    if ('fault' in piece) return piece;
    isQuoted = true;
    text += piece.text;
    at = piece.end;
  }
}

function endOfPlain(line: string, start: number): number {
  let at = start;
  while (at < line.length && !' \t;\'"\\'.includes(line[at] ?? '')) at += 1;
  return at;
}

/** Undefined where the word ends. */
function readSpecial(line: string, at: number): Piece | undefined {
  switch (line[at]) {
    case "'":
      return readSingleQuoted(line, at);
    case '"':
      return readDoubleQuoted(line, at);
    case '\\':
      return readEscaped(line, at);
    default:
      return undefined;
  }
}

function readSingleQuoted(line: string, at: number): Piece {
  const close = line.indexOf("'", at + 1);
  if (close === -1) return unclosed(at, "'");
  return { text: line.slice(at + 1, close), end: close + 1 };
}

function readEscaped(line: string, at: number): Piece {
  if (at + 1 < line.length) return { text: line[at + 1] ?? '', end: at + 2 };
  return {
    fault: {
      at,
      message: 'the line ends behind a backslash',
      next: 'an operation stands on one line; write \\\\ for a backslash',
    },
  };
}

function readDoubleQuoted(line: string, open: number): Piece {
  let text = '';
  let at = open + 1;
  for (;;) {
    const quote = line.indexOf('"', at);
    if (quote === -1) return unclosed(open, '"');
    const backslash = line.slice(at, quote).indexOf('\\');
    if (backslash === -1) return { text: text + line.slice(at, quote), end: quote + 1 };
    text += line.slice(at, at + backslash);
    const escape = readJsonEscape(line, at + backslash);
    if ('fault' in escape) return escape;
    text += escape.text;
    at = escape.end;
  }
}

function readJsonEscape(line: string, at: number): Piece {
  const letter = line[at + 1] ?? '';
  const plain = JSON_ESCAPES[letter];
  if (plain !== undefined) return { text: plain, end: at + 2 };
  const digits = line.slice(at + 2, at + 6);
  if (letter === 'u' && /^[0-9A-Fa-f]{4}$/.test(digits)) {
    return { text: String.fromCharCode(Number.parseInt(digits, 16)), end: at + 6 };
  }
  return {
    fault: {
      at,
      message: `\\${letter} is no escape between double quotes`,
      next: 'the escapes are those of JSON: \\" \\\\ \\n \\t \\u0041; single quotes have none',
    },
  };
}

function unclosed(at: number, quote: string): Piece {
  return {
    fault: {
      at,
      message: `the quote ${quote} is never closed`,
      next: `close it, or write \\${quote} for the character itself`,
    },
  };
}

/** The place in a line as people count it: characters, from 1. */
export function columnOf(line: string, at: number): number {
  let column = 1;
  for (const character of line.slice(0, at)) column += character.length === 0 ? 0 : 1;
  return column;
}

/** Control characters and those that turn the direction of text are never written as they are. */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** A word as it is written in a line. */
export function quoteWord(word: string): string {
  if (/^[\w@%+=:,./][\w@%+=:,./-]*$/.test(word)) return word;
  const isPlain = word.search(UNPRINTABLE) === -1 && !/\p{Surrogate}/u.test(word);
  if (isPlain && !word.includes("'")) return `'${word}'`;
  return JSON.stringify(word).replaceAll(UNPRINTABLE, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
