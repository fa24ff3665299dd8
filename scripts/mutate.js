/**
 * Mutation testing of one room: `npm run mutate -- kv`. The report is reports/mutation/ROOM.html.
 *
 * A machine that has other work to do: OMNIKV_MUTATE_WORKERS=1 nice -n 10 npm run mutate -- kv
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const [room, ...rest] = process.argv.slice(2);
if (room === undefined || !existsSync(`src/core/${room}`) || !existsSync(`test/${room}`)) {
  process.stderr.write(`usage: npm run mutate -- ROOM, where src/core/ROOM and test/ROOM exist\n`);
  process.exit(64);
}
const manifest = createRequire(import.meta.url).resolve('@stryker-mutator/core/package.json');
const stryker = join(dirname(manifest), 'bin/stryker.js');
const { status } = spawnSync(process.execPath, [stryker, 'run', ...rest], {
  stdio: 'inherit',
  env: { ...process.env, OMNIKV_MUTATE_ROOM: room },
});
process.exit(status ?? 1);
