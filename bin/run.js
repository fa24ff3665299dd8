#!/usr/bin/env node
// The command line. All that it does is in src/cli/main.ts.
import { main } from '../dist/cli/main.js';

await main(process.argv.slice(2), import.meta.url);
