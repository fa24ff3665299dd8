/**
 * A node that speaks no protocol: it writes its run file and waits for a signal.
 *
 * Takes the arguments of the server. `fake-node.json` in the cluster directory says, by pid, how it
 * behaves: `fail`, `exit`, `ignoreTerm`, `silent` (no run file).
 */

import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = process.argv[process.argv.indexOf('--dir') + 1];
const pid = Number(process.argv[process.argv.indexOf('--node') + 1]);
const behaviour = readBehaviour();
const runFile = join(directory, 'run', `node${pid}.json`);

function readBehaviour() {
  try {
    return JSON.parse(readFileSync(join(directory, 'fake-node.json'), 'utf8'))[pid];
  } catch {
    return undefined;
  }
}

function writeRunFile() {
  const data = join(directory, 'data', `node${pid}`);
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const status = statSync(data, { bigint: true });
  const file = {
    pid,
    osPid: process.pid,
    startTime: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]),
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    dirId: readFileSync(join(data, 'IDENTITY')).subarray(40, 56).toString('hex'),
    dataIdentity: `${status.dev}:${status.ino}`,
    startedAt: new Date().toISOString(),
    version: '0.0.0',
    configDigest: '',
  };
  writeFileSync(`${runFile}.tmp`, JSON.stringify(file));
  renameSync(`${runFile}.tmp`, runFile);
}

function end() {
  rmSync(runFile, { force: true });
  process.exit(0);
}

if (behaviour === 'fail') {
  const failure = { code: 'OMNIKV_CORRUPT_DATA', message: 'a byte has changed', exit: 65 };
  const path = join(directory, 'run', `node${pid}.failure.json`);
  writeFileSync(path, JSON.stringify({ ...failure, suggestions: [`omnikv log verify ${pid}`] }));
  process.exit(65);
}
if (behaviour === 'exit') {
  process.stderr.write('these are my last words\n');
  process.exit(7);
}
process.on('SIGTERM', () => {
  if (behaviour !== 'ignoreTerm') end();
});
process.on('disconnect', end);
setInterval(() => undefined, 60_000);
if (behaviour !== 'silent') writeRunFile();
