/**
 * A process that runs one command line after the other through the built `main`, on request.
 *
 * Loading node and oclif costs ten times what a command does. It gives each command the working
 * directory, the environment and the streams that a process of its own would have, and takes its
 * exit status from process.exit. One command at a time: the streams belong to the process.
 */

import { fileURLToPath } from 'node:url';
import { main } from '../../dist/command-line/cli/main.js';

const BIN = new URL('../../bin/run.js', import.meta.url);
const SIGNALS = ['SIGINT', 'SIGTERM'];

class Exit {}

/** Collects what a command writes; gives back how to stop collecting. */
function capture(stream, chunks) {
  const original = stream.write;
  stream.write = (chunk, encoding, done) => {
    chunks.push(Buffer.from(chunk));
    const callback = typeof encoding === 'function' ? encoding : done;
    if (callback !== undefined) setImmediate(callback);
    return true;
  };
  return () => {
    stream.write = original;
    stream.removeAllListeners('error');
  };
}

async function run({ args, cwd, environment }) {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, environment);
  process.argv = [process.execPath, fileURLToPath(BIN), ...args];
  process.exitCode = undefined;
  const stdout = [];
  const stderr = [];
  const restore = [capture(process.stdout, stdout), capture(process.stderr, stderr)];
  let status;
  const originalExit = process.exit;
  process.exit = (code) => {
    status ??= Number(code ?? process.exitCode ?? 0);
    throw new Exit();
  };
  try {
    await main(args, BIN.href);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
  } finally {
    process.exit = originalExit;
    for (const undo of restore) undo();
    for (const signal of SIGNALS) process.removeAllListeners(signal);
    // Nothing may hold a directory that a test wants to remove or to unmount.
    process.chdir('/');
  }
  const encoded = [stdout, stderr].map((chunks) => Buffer.concat(chunks).toString('base64'));
  return { status, stdout: encoded[0], stderr: encoded[1] };
}

process.on('disconnect', () => process.exit(0));
process.on('message', (request) => {
  void run(request).then((answer) => process.send(answer));
});
process.send('ready');
