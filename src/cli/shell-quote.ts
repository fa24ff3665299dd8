/**
 * Quotes a word so that a POSIX shell reads it back unchanged.
 *
 * Commands that omnikv tells people to type must work when they are pasted.
 */

export function shellQuote(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

export function commandLine(words: readonly string[]): string {
  return words.map(shellQuote).join(' ');
}

/** The words of `omnikv put KEY VALUE --text`, also where a word begins with a dash. */
export function textCommand(command: string, words: readonly string[]): readonly string[] {
  const hasDash = words.some((word) => word.startsWith('-'));
  if (hasDash) return ['omnikv', command, '--text', '--', ...words];
  return ['omnikv', command, ...words, '--text'];
}
