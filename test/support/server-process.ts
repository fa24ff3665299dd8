/**
 * Node processes of a test, started by hand: their ends and their last words.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

import { ClusterLayout, parseFailureFile, parseRunFile } from '../../src/core/config/index.js';
import type { FailureFile, RunFile } from '../../src/core/config/index.js';
import { initCluster } from '../../src/core/cluster/index.js';
import { connect, type Client } from '../../src/core/client/index.js';
import { nodeFileSystem } from '../../src/core/platform/node-file-system.js';

const ENTRY = fileURLToPath(new URL('../../dist/core/server/main.bundle.js', import.meta.url));
const WAIT = { timeout: 20_000, interval: 10 };

export interface ServerProcess {
  readonly child: ChildProcess;
  /** The exit status, or the name of the signal. */
  readonly ended: Promise<number | string>;
}

export class ServerCluster {
  readonly layout: ClusterLayout;
  readonly pids: readonly number[];
  readonly clusterId: string;
  readonly #clients: Client[] = [];
  readonly #processes = new Set<ServerProcess>();

  private constructor(layout: ClusterLayout, clusterId: string, pids: readonly number[]) {
    this.layout = layout;
    this.clusterId = clusterId;
    this.pids = pids;
  }

  static async init(directory: string, nodeCount: number): Promise<ServerCluster> {
    const environment = { temporaryDirectory: tmpdir() };
    const options = { directory, nodeCount, mode: 'new', environment } as const;
    const { clusterId, pids } = await initCluster(options);
    const layout = new ClusterLayout({ directory, fileSystem: nodeFileSystem });
    return new ServerCluster(layout, clusterId, pids);
  }

  spawn(pid: number, ...more: readonly string[]): ServerProcess {
    return this.spawnWith({}, pid, ...more);
  }

  /** With these variables in its environment. */
  spawnWith(
    variables: Readonly<Record<string, string>>,
    pid: number,
    ...more: readonly string[]
  ): ServerProcess {
    const isIpc = more.includes('--ipc');
    const args = [ENTRY, '--dir', this.layout.directory, '--node', String(pid), ...more];
    const stdio = ['ignore', 'ignore', 'ignore', ...(isIpc ? ['ipc' as const] : [])] as const;
    const env = { ...process.env, ...variables };
    return this.#watch(spawn(process.execPath, args, { stdio: [...stdio], env }));
  }

  /** The child of another program, which ends when the node ends. */
  spawnUnder([program = '', ...options]: readonly string[], pid: number): ServerProcess {
    const node = [process.execPath, ENTRY, '--dir', this.layout.directory, '--node', String(pid)];
    return this.#watch(spawn(program, [...options, ...node], { stdio: 'ignore' }));
  }

  #watch(child: ChildProcess): ServerProcess {
    const ended = new Promise<number | string>((resolve) => {
      child.once('exit', (status, signal) => resolve(status ?? signal ?? 'unknown'));
    });
    const started = { child, ended };
    this.#processes.add(started);
    return started;
  }

  /** Spawned, and its run file says so. */
  async start(pid: number, ...more: readonly string[]): Promise<ServerProcess> {
    const started = this.spawn(pid, ...more);
    await this.isUp(pid, started);
    return started;
  }

  async isUp(pid: number, started: ServerProcess): Promise<void> {
    await vi.waitFor(() => {
      if (this.runFile(pid)?.osPid !== started.child.pid) throw new Error(`node ${pid} is not up`);
    }, WAIT);
  }

  runFile(pid: number): RunFile | undefined {
    const path = this.layout.runFile(pid);
    return existsSync(path) ? parseRunFile(readFileSync(path)) : undefined;
  }

  failure(pid: number): FailureFile | undefined {
    const path = this.layout.failureFile(pid);
    return existsSync(path) ? parseFailureFile(readFileSync(path)) : undefined;
  }

  client(deadlineMs = 20_000, pids = this.pids): Client {
    const nodes = new Map(pids.map((pid) => [pid, this.layout.socketPath(pid)]));
    const client = connect({ clusterId: this.clusterId, nodes, deadlineMs });
    this.#clients.push(client);
    return client;
  }

  /** The node that serves, as it says itself. */
  async leader(client: Client, among = this.pids): Promise<number> {
    return await vi.waitFor(async () => {
      for (const pid of among) {
        const status = await client.status(pid);
        if (status.isServing) return pid;
      }
      throw new Error('nobody serves');
    }, WAIT);
  }

  async dispose(): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const { child } of this.#processes) child.kill('SIGKILL');
    await Promise.all([...this.#processes].map((each) => each.ended));
  }
}
