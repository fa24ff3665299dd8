/**
 * A real node whose disk fails: it stops at once with status 74, and nothing acknowledged is lost
 * (D17, D18).
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';

import { ServerCluster } from '../support/server-process.js';

const SOURCE = fileURLToPath(new URL('../support/failing-disk.c', import.meta.url));
const hasCompiler = spawnSync('cc', ['--version']).status === 0;
if (!hasCompiler) process.stdout.write('left out: a failing disk needs a C compiler (cc)\n');

it.runIf(hasCompiler).each([
  ['direct write', ''],
  // Without WebAssembly there is no memory for direct writes.
  ['fdatasync', '--jitless'],
])(
  'a node whose %s fails exits 74; the others go on; it comes back with everything (D17)',
  async (_way, nodeOptions) => {
    const directory = mkdtempSync(join(tmpdir(), 'omnikv-eio-'));
    const library = join(directory, 'failing-disk.so');
    const trigger = join(directory, 'fail-now');
    const compiled = spawnSync('cc', ['-shared', '-fPIC', '-o', library, SOURCE, '-ldl']);
    expect(compiled.stderr.toString()).toBe('');
    const cluster = await ServerCluster.init(join(directory, 'cluster'), 3);
    try {
      const variables = {
        LD_PRELOAD: library,
        FAIL_WHILE_FILE: trigger,
        NODE_OPTIONS: nodeOptions,
      };
      const failing = cluster.spawnWith(variables, 1);
      await cluster.start(2);
      await cluster.start(3);
      await cluster.isUp(1, failing);
      const client = cluster.client();
      expect(await client.increment('n', 1n)).toBe(1n);
      writeFileSync(trigger, '');
      for (let n = 2n; n <= 20n; n++) expect(await client.increment('n', 1n)).toBe(n);
      expect(await failing.ended).toBe(74);
      expect(cluster.failure(1)).toMatchObject({ code: 'OMNIKV_IO', exit: 74 });
      expect(cluster.failure(1)?.message).toContain('EIO');
      rmSync(trigger);
      await cluster.start(1);
      await vi.waitFor(
        async () => {
          const states = await Promise.all(cluster.pids.map((pid) => client.status(pid)));
          expect(new Set(states.map((state) => state.appliedIdx)).size).toBe(1);
          expect(new Set(states.map((state) => state.digest)).size).toBe(1);
        },
        { timeout: 20_000 },
      );
      expect(await client.increment('n', 1n)).toBe(21n);
    } finally {
      await cluster.dispose();
      rmSync(directory, { recursive: true, force: true });
    }
  },
);
