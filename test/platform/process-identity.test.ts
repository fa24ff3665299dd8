/**
 * A process is named by pid, start time and boot id together (S5, S7).
 */

import { spawn } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';

import {
  currentProcessIdentity,
  isProcessAlive,
  parseProcessStat,
  readProcessStat,
} from '../../src/core/platform/process-identity.js';

describe('the identity of a process', () => {
  it('is alive while exactly this process lives', () => {
    const self = currentProcessIdentity();
    expect(isProcessAlive(self)).toBe(true);
    expect(isProcessAlive({ ...self, startTime: self.startTime + 1 })).toBe(false);
    expect(isProcessAlive({ ...self, bootId: 'another boot' })).toBe(false);
    expect(isProcessAlive({ ...self, osPid: 2 ** 22 + 1 })).toBe(false);
  });

  it('counts a zombie as dead, though it has a pid (S7, D30)', async () => {
    // The child ends after the shell has become a program that reaps nobody.
    const shell = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 60']);
    try {
      const osPid = await new Promise<number>((resolve) => {
        shell.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
      });
      await vi.waitFor(() => expect(readProcessStat(osPid)?.state).toBe('Z'), 10_000);
      const startTime = readProcessStat(osPid)?.startTime ?? 0;
      const { bootId } = currentProcessIdentity();
      expect(isProcessAlive({ osPid, startTime, bootId })).toBe(false);
    } finally {
      shell.kill('SIGKILL');
    }
  });

  it('reads the fields behind a command name of any kind', () => {
    const fields = Array.from({ length: 30 }, (_, at) => String(at + 4)).join(' ');
    expect(parseProcessStat(`17 (a) b) (c) S ${fields}`)).toEqual({ state: 'S', startTime: 22 });
    expect(parseProcessStat('17 (short) S 1')).toBeUndefined();
    expect(parseProcessStat('')).toBeUndefined();
  });
});
