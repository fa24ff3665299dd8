/**
 * What is done with the raw arguments before oclif reads them.
 *
 * Nothing behind `--` is ever touched: there a key or a value may look like anything.
 */

/** `omnikv help put` is `omnikv put --help`; --dir and --json may stand before the command. */
export function prepareArguments(argv: readonly string[]): readonly string[] {
  let rest = [...argv];
  const leading: string[] = [];
  for (;;) {
    const [first, second] = rest;
    if (first === '--json' || first?.startsWith('--dir=') === true) {
      leading.push(first);
      rest = rest.slice(1);
    } else if (first === '--dir' && second !== undefined) {
      leading.push(first, second);
      rest = rest.slice(2);
    } else break;
  }
  if (rest[0] === 'help') rest = [...rest.slice(1), '--help'];
  if (rest.length === 0) return leading.length === 0 ? [] : ['--help'];
  const dashes = rest.indexOf('--');
  const end = dashes === -1 ? rest.length : dashes;
  return [...rest.slice(0, end), ...leading, ...rest.slice(end)];
}

export function wantsJson(argv: readonly string[]): boolean {
  const dashes = argv.indexOf('--');
  return argv.slice(0, dashes === -1 ? argv.length : dashes).includes('--json');
}
