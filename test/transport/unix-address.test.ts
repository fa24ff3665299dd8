/**
 * N2: socket paths are measured in bytes. 107 work, 108 are refused, and Node would not have said.
 */

import { statSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { nodeSocketFiles } from '../../src/core/platform/socket-file.js';
import { checkSocketPath, isSocketPathShortEnough } from '../../src/core/transport/index.js';
import { dial } from '../../src/core/transport/dial.js';
import { listenAt } from '../../src/core/transport/socket-listener.js';
import { nodeScheduler } from '../../src/core/platform/node-scheduler.js';
import { hello, World } from './fixtures.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** A path in the test's directory of exactly so many bytes. */
function pathOf(sizeBytes: number, fill = 'x'): string {
  const start = join(world.directory, '');
  const rest = sizeBytes - Buffer.byteLength(start) - 1;
  return `${start}/${fill.repeat(Math.floor(rest / Buffer.byteLength(fill)))}`;
}

const PATH_TOO_LONG = expect.objectContaining({ code: 'OMNIKV_PATH_TOO_LONG' }) as Error;

describe('socket paths', () => {
  it('N2: 107 bytes are taken, and the socket stands at exactly that path', async () => {
    const path = pathOf(107);
    expect(Buffer.byteLength(path)).toBe(107);
    const server = createServer();
    await listenAt(server, path, nodeSocketFiles);
    expect(statSync(path).isSocket()).toBe(true);
    const socket = createConnection(path);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('N2: 108 bytes are refused before a socket is made', async () => {
    const path = pathOf(108);
    expect(Buffer.byteLength(path)).toBe(108);
    await expect(listenAt(createServer(), path, nodeSocketFiles)).rejects.toEqual(PATH_TOO_LONG);
    const handlers = { onOpen: () => undefined, onFailed: () => undefined };
    expect(() => dial({ path, hello: hello(1, 2), scheduler: nodeScheduler }, handlers)).toThrow(
      PATH_TOO_LONG,
    );
  });

  it('N2: bytes count, not characters', () => {
    const path = `/${'é'.repeat(54)}`;
    expect(path.length).toBeLessThan(107);
    expect(isSocketPathShortEnough(path)).toBe(false);
    expect(() => {
      checkSocketPath(path);
    }).toThrow('109 bytes');
    expect(isSocketPathShortEnough(`/${'é'.repeat(53)}`)).toBe(true);
  });
});
