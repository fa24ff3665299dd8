#!/usr/bin/env node
// The command line. The plain forms of some verbs need no oclif; all else is in src/cli/main.ts.
const SHORT_VERBS = ['get', 'put', 'del', 'incr', 'cas'];

let argv = process.argv.slice(2);
if (SHORT_VERBS.includes(argv[0])) {
  const { runShortPath } = await import('../dist/short-path.js');
  argv = await runShortPath(argv);
}
const { main } = await import('../dist/command-line/cli/main.js');
await main(argv, import.meta.url);
