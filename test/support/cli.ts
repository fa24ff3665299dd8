/**
 * Runs `bin/run.js` as a user does: a process of its own, real files, real sockets.
 *
 * Where a test asks for a `shared` process, the same `main` runs in one that stays (warm-cli.ts);
 * input, variables and options of node always get a process of their own.
 */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runWarm } from './warm-cli.js';

export const RUN_JS = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export interface CliResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string | undefined;
  readonly input?: string | Uint8Array | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Options of node itself. */
  readonly nodeOptions?: readonly string[] | undefined;
  readonly timeoutMs?: number | undefined;
  readonly process?: 'own' | 'shared' | undefined;
}

const DEFAULT_TIMEOUT_MS = 45_000;

/** Without NODE_ENV and the variables that would change what omnikv does. */
export function cliEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const environment = { ...process.env, NO_COLOR: '1', ...extra };
  for (const name of ['NODE_ENV', 'OMNIKV_DIR', 'FORCE_COLOR', 'VITEST', 'NODE_OPTIONS']) {
    if (!(name in extra)) Reflect.deleteProperty(environment, name);
  }
  return environment;
}

export async function runCli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  if (mayShare(options)) {
    const cwd = options.cwd ?? process.cwd();
    const request = { args, cwd, environment: cliEnvironment() };
    return await runWarm(request, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  }
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), RUN_JS, ...args], {
    cwd: options.cwd,
    env: cliEnvironment(options.environment),
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A command may end without reading what it is given.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input);
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      const stdoutBytes = Buffer.concat(stdout);
      const text = { stdout: stdoutBytes.toString(), stderr: Buffer.concat(stderr).toString() };
      resolve({ status, signal, stdoutBytes, ...text });
    });
  });
}

function mayShare(options: CliOptions): boolean {
  const { process: wanted, input, nodeOptions, environment } = options;
  return wanted === 'shared' && input === undefined && (nodeOptions ?? environment) === undefined;
}

export interface Envelope {
  readonly ok: boolean;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly exit: number;
    readonly suggestions: readonly string[];
  };
  readonly [field: string]: unknown;
}

/** The one envelope of --json: exactly one line on standard output, nothing beside it. */
export function envelopeOf(result: CliResult): Envelope {
  const lines = result.stdout.split('\n');
  if (lines.length !== 2 || lines[1] !== '') {
    throw new Error(`no single line of JSON: ${result.stdout}${result.stderr}`);
  }
  return JSON.parse(lines[0] ?? '') as Envelope;
}
