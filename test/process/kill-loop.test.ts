/**
 * The kill loop, short: three rounds, the last of which kills all nodes at once (S2, C4, K5).
 */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../style/sources.js';
import { cliEnvironment } from '../support/cli.js';

describe('the kill loop', () => {
  it('loses nothing acknowledged, doubles nothing, leaves nothing behind (S2)', async () => {
    const script = join(ROOT, 'scripts/kill-loop.js');
    const args = [script, '--rounds', '3', '--all-every', '3', '--seed', 'ci', '--json'];
    const options = { env: cliEnvironment(), timeout: 110_000 };
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    const summary = JSON.parse(stdout) as { readonly ok: boolean; readonly acknowledged: number };
    expect(summary.ok).toBe(true);
    expect(summary.acknowledged).toBeGreaterThan(100);
  }, 120_000);
});
