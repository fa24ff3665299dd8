/**
 * A cluster in a temporary directory that leaves nothing behind, however a test ends.
 *
 * `dispose` asks omnikv first and then makes sure: what still runs with this directory in its
 * command line is killed by its own pid, never by name.
 */

import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { envelopeOf, runCli } from './cli.js';
import type { CliOptions, CliResult, Envelope } from './cli.js';

export class TempCluster {
  readonly root: string;
  readonly directory: string;

  readonly #process: 'own' | 'shared';

  /** `name`: the directory's path below a temporary one. `process`: of each command (cli.ts). */
  constructor(name = '', options: { readonly process?: 'own' | 'shared' } = {}) {
    this.#process = options.process ?? 'shared';
    this.root = mkdtempSync(join(tmpdir(), 'omnikv-test-'));
    this.directory = join(this.root, name);
    mkdirSync(this.directory, { recursive: true });
  }

  async run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    return await runCli(args, { cwd: this.directory, process: this.#process, ...options });
  }

  /** Runs a command that must succeed; gives its standard output without the last newline. */
  async ok(...args: readonly string[]): Promise<string> {
    const result = await this.run(args);
    expect(result.status, `omnikv ${args.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
    return result.stdout.replace(/\n$/, '');
  }

  /** The envelope of a command under --json, whose `ok` agrees with the exit status. */
  async json(...args: readonly string[]): Promise<Envelope & { readonly status: number | null }> {
    const dashes = args.indexOf('--');
    const at = dashes === -1 ? args.length : dashes;
    const result = await this.run([...args.slice(0, at), '--json', ...args.slice(at)]);
    const envelope = envelopeOf(result);
    expect(result.stderr).toBe('');
    expect(envelope.ok).toBe(result.status === 0);
    if (!envelope.ok) expect(envelope.error?.exit).toBe(result.status);
    return { ...envelope, status: result.status };
  }

  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  async dispose(): Promise<void> {
    await this.run(['destroy', '--yes']);
    for (const osPid of this.livingProcesses()) process.kill(osPid, 'SIGKILL');
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Processes that name this directory in their command line. */
  livingProcesses(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((osPid) => osPid !== process.pid && isNode(osPid, this.root));
  }
}

function isNode(osPid: number, root: string): boolean {
  try {
    const words = readFileSync(`/proc/${osPid}/cmdline`, 'utf8').split('\0');
    return (
      words.some((word) => word.startsWith(root)) &&
      words.some((word) => word.includes('server/main'))
    );
  } catch {
    return false;
  }
}
