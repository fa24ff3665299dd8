/** Two commits as checkouts of their own, installed and built; the repository stays as it is. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The whole name of the commit that `revision` is. */
export async function commitOf(revision: string): Promise<string> {
  const verified = ['rev-parse', '--verify', '--quiet', '--end-of-options'];
  const output = await run('git', [...verified, `${revision}^{commit}`], ROOT).catch(() => '');
  if (output === '') throw new Error(`${revision} is no commit of this repository`);
  return output.trim();
}

/** `npm ci` builds, by the package's own `prepare`. */
export async function checkOut(commit: string, path: string): Promise<void> {
  await run('git', ['worktree', 'add', '--detach', path, commit], ROOT);
  await run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], path);
}

export async function removeCheckout(path: string): Promise<void> {
  await run('git', ['worktree', 'remove', '--force', path], ROOT).catch(() => undefined);
}

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number | null];
  if (code === 0) return output;
  // Compilers complain on standard output.
  throw new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${output}${errors.trim()}`);
}
