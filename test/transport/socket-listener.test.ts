/**
 * The table of `listenAt`: what stands at the path decides (N1, N3).
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { nodeSocketFiles } from '../../src/core/platform/socket-file.js';
import { listenAt } from '../../src/core/transport/socket-listener.js';
import { until, World } from './fixtures.js';

let world: World;
let path: string;
beforeEach(() => {
  world = new World();
  path = world.path(1);
});
afterEach(() => world.close());

const withCode = (code: string): Error => expect.objectContaining({ code }) as Error;

describe('listening', () => {
  it('N1, N7: the socket is 0600, whatever the umask, and the umask is left as it was', async () => {
    const before = process.umask(0o022);
    const server = createServer();
    try {
      await listenAt(server, path, nodeSocketFiles);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(process.umask(0o022)).toBe(0o022);
    } finally {
      process.umask(before);
      server.close();
    }
  });

  it('N1: refuses a directory that others may write', async () => {
    const directory = join(world.directory, 'open');
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    const listening = listenAt(createServer(), join(directory, 'a.sock'), nodeSocketFiles);
    await expect(listening).rejects.toEqual(withCode('OMNIKV_INSECURE_PERMISSIONS'));
  });

  it('N3: replaces the socket file that a killed process has left', async () => {
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)})`;
    const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    await until(() => existsSync(path), 'the child listens');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(path)).toBe(true);

    const server = createServer();
    await listenAt(server, path, nodeSocketFiles);
    expect(server.listening).toBe(true);
    server.close();
    await until(() => !existsSync(path), 'the file goes with the server');
  });

  it('N3, N4: does not touch the socket of a living process, even of a stopped one', async () => {
    // The file is there before the child listens on it: wait for its word.
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await once(child.stdout, 'data');
      for (const signal of ['SIGCONT', 'SIGSTOP'] as const) {
        child.kill(signal);
        const listening = listenAt(createServer(), path, nodeSocketFiles);
        await expect(listening).rejects.toEqual(withCode('OMNIKV_DATA_IN_USE'));
        expect(existsSync(path)).toBe(true);
      }
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('N3: never removes a file that is no socket', async () => {
    writeFileSync(path, 'precious');
    const listening = listenAt(createServer(), path, nodeSocketFiles);
    await expect(listening).rejects.toEqual(withCode('OMNIKV_IO'));
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('says what is wrong where it cannot listen', async () => {
    const missing = join(world.directory, 'missing', 'a.sock');
    await expect(listenAt(createServer(), missing, nodeSocketFiles)).rejects.toEqual(
      withCode('OMNIKV_IO'),
    );
  });
});
