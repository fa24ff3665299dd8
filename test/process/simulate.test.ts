/** `omnikv simulate` as users run it: processes and threads of its own. */

import { describe, expect, it } from 'vitest';
import { envelopeOf, runCli } from '../support/cli.js';

describe('omnikv simulate', () => {
  it('A1: the same 20 seeds give the same traces in two fresh processes', async () => {
    const args = ['simulate', '--seeds', '20', '--for', '1s', '--json'];
    const first = envelopeOf(await runCli(args));
    const second = envelopeOf(await runCli([...args, '--workers', '1']));
    expect(first).toMatchObject({ ok: true, seeds: 20, failed: [] });
    expect(second).toEqual({ ...first, elapsedMs: second.elapsedMs });
  });

  it('replays one run with a readable trace that changes nothing', async () => {
    const args = ['simulate', '--seed', '7', '--nodes', '3', '--for', '500ms'];
    const plain = envelopeOf(await runCli([...args, '--json']));
    expect(plain).toMatchObject({ ok: true, seed: '0x0000000000000007', nodeCount: 3 });
    const traced = await runCli([...args, '--trace']);
    expect(traced.stdout).toContain(`hash        ${String(plain.hash)}\n`);
    expect(traced.stdout).toMatch(/^time +who +what$/m);
    expect(traced.stdout).toMatch(/n\d → n\d +Prepare /);
    expect(traced.stdout.endsWith('\npassed\n')).toBe(true);
  });

  it.each([
    ['--seeds', '10', '--seed', '1'],
    ['--seeds', '10', '--trace'],
    ['--first', '10'],
    ['--seeds', '0'],
    ['--nodes', '8'],
    ['--seed', '-1'],
    ['--seed', '0x10000000000000000'],
  ])('refuses %s %s %s %s', async (...args) => {
    const result = await runCli(['simulate', ...args.filter(Boolean), '--json'], {
      process: 'shared',
    });
    expect(envelopeOf(result).error).toMatchObject({ exit: 64 });
  });
});
