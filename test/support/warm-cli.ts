/**
 * Commands of a test file through one or two processes that stay (warm-cli-host.js).
 *
 * For what a command does, prints and answers. What belongs to a process of its own, such as
 * signals, standard input, locks against other processes and start-up, is tested with one.
 */

import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CliResult } from './cli.js';

const HOST = fileURLToPath(new URL('warm-cli-host.js', import.meta.url));
/** As many as there are cores to use. */
const MAX_HOSTS = 2;

export interface WarmRequest {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
}

interface Answer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Host {
  readonly child: ChildProcess;
  readonly isReady: Promise<void>;
}

const idle: Host[] = [];
const waiting: ((host: Host) => void)[] = [];
let hostCount = 0;

function startHost(): Host {
  hostCount += 1;
  const child = fork(HOST, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const isReady = new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', () => reject(new Error('the host of commands did not start')));
  });
  return { child, isReady };
}

async function takeHost(): Promise<Host> {
  const host = idle.pop();
  if (host !== undefined) return host;
  if (hostCount < MAX_HOSTS) return startHost();
  return await new Promise((resolve) => waiting.push(resolve));
}

function giveBack(host: Host): void {
  const next = waiting.shift();
  if (next === undefined) idle.push(host);
  else next(host);
}

async function ask(host: Host, request: WarmRequest, timeoutMs: number): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const lost = (): void => {
      hostCount -= 1;
      waiting.shift()?.(startHost());
      reject(new Error(`omnikv ${request.args.join(' ')} ended its host or took too long`));
    };
    const timer = setTimeout(() => host.child.kill('SIGKILL'), timeoutMs);
    host.child.once('exit', lost);
    host.child.once('message', (answer: Answer) => {
      clearTimeout(timer);
      host.child.off('exit', lost);
      resolve(answer);
    });
    host.child.send(request);
  });
}

export async function runWarm(request: WarmRequest, timeoutMs: number): Promise<CliResult> {
  const host = await takeHost();
  await host.isReady;
  const { status, stdout, stderr } = await ask(host, request, timeoutMs);
  giveBack(host);
  const stdoutBytes = Buffer.from(stdout, 'base64');
  const texts = {
    stdout: stdoutBytes.toString(),
    stderr: Buffer.from(stderr, 'base64').toString(),
  };
  return { status, signal: null, stdoutBytes, ...texts };
}
