/**
 * Runs `bin/run.js` as a user does, in a directory of its own, and cleans up behind itself.
 *
 * Plain JavaScript: the demo and the loops need no loader. Only processes of this directory are
 * ever signalled, and only after their command line was read.
 */

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

/**
 * @typedef {{ stdout: string, stderr: string, exit: number }} Answer
 * @typedef {{ directory: string, run: (args: readonly string[]) => Promise<Answer>,
 *   json: (args: readonly string[]) => Promise<any>, remove: () => Promise<void> }} Lab
 */

/** @param {string} name @returns {Promise<Lab>} a new empty directory; commands run in it */
export async function createLab(name) {
  const parent = await mkdtemp(join(tmpdir(), 'omnikv-'));
  const directory = join(parent, name);
  await mkdir(directory);
  const run = (args) => runCommand(args, directory);
  return {
    directory,
    run,
    json: async (args) => {
      const answer = await run([...args, '--json']);
      try {
        return { exit: answer.exit, ...JSON.parse(answer.stdout) };
      } catch {
        throw new Error(`omnikv ${args.join(' ')}: no JSON (${answer.exit}): ${answer.stderr}`);
      }
    },
    remove: async () => {
      await run(['destroy', '--yes']);
      for (const { osPid } of await processesOf(directory)) killIfAlive(osPid);
      await rm(parent, { recursive: true, force: true });
    },
  };
}

/** @param {readonly string[]} args @param {string} directory @returns {Promise<Answer>} */
async function runCommand(args, directory) {
  const { OMNIKV_DIR: _, ...environment } = process.env;
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: directory,
    env: { ...environment, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C reaches the script, which cleans up; the command ends by itself.
    detached: true,
  });
  const [stdout, stderr, exit] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? `signal ${signal}`));
    }),
  ]);
  return { stdout, stderr, exit };
}

/** @param {import('node:stream').Readable} stream */
async function textOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Node processes whose command line names this cluster directory. @param {string} directory */
export async function processesOf(directory) {
  const found = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const words = (await readFile(`/proc/${name}/cmdline`, 'utf8')).split('\0');
      if (words.some((word) => word === directory || word.startsWith(`${directory}/`))) {
        found.push({ osPid: Number(name), command: words.join(' ').trim() });
      }
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

/** Sockets that are bound in this directory or in the short one it uses. @param {string} directory */
export async function socketsOf(directory) {
  const run = await readdir(join(directory, 'run')).catch(() => []);
  const bound = (await readFile('/proc/net/unix', 'utf8')).split('\n');
  return [
    ...run.filter((name) => name.endsWith('.sock')),
    ...bound.filter((line) => line.includes(directory)),
  ];
}

/** @param {number} osPid @param {NodeJS.Signals} [signal] */
export function killIfAlive(osPid, signal = 'SIGKILL') {
  try {
    process.kill(osPid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Runs `work` and removes the lab behind it, also on Ctrl-C. @param {Lab} lab */
export async function withCleanup(lab, work) {
  let removal;
  const remove = () => (removal ??= lab.remove());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      process.stderr.write(`\n${signal}: stopping and removing everything …\n`);
      void remove().then(() => process.exit(130));
    });
  }
  try {
    return await work();
  } finally {
    await remove();
  }
}
