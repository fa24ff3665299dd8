/**
 * The log of a node: one JSON object a line, capped, and never in the way (S9).
 */

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FileLogger } from '../../src/core/platform/file-logger.js';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'omnikv-log-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function lines(path: string): Record<string, unknown>[] {
  const text = readFileSync(path, 'utf8').trim();
  if (text === '') return [];
  return text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the file logger', () => {
  it('appends one JSON object a line, with its fields, in order', async () => {
    const path = join(directory, 'sub', 'node1.log');
    const first = new FileLogger({ path, base: { node: 1 } });
    first.info('started', { big: 5n });
    first.error('fatal', { error: new Error('EIO') });
    await vi.waitFor(() => {
      expect(lines(path)).toHaveLength(2);
    });
    const second = new FileLogger({ path, base: { node: 1 } });
    second.warn('again');
    second.flushNow();
    await vi.waitFor(() => {
      expect(lines(path)).toMatchObject([
        { level: 'info', event: 'started', node: 1, big: '5' },
        { level: 'error', event: 'fatal', error: { message: 'EIO' } },
        { level: 'warn', event: 'again' },
      ]);
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('begins a new file when the old one is full, and keeps one old one', async () => {
    const path = join(directory, 'node1.log');
    const logger = new FileLogger({ path, maxBytes: 1_000 });
    for (let round = 0; round < 20; round++) {
      logger.info('event', { round, text: 'x'.repeat(200) });
      await vi.waitFor(() => {
        const written = [path, `${path}.1`].flatMap((file) => {
          try {
            return lines(file);
          } catch {
            return [];
          }
        });
        expect(written.some((line) => line.round === round)).toBe(true);
      });
    }
    await vi.waitFor(() => {
      expect(statSync(path).size).toBeLessThan(1_500);
      expect(statSync(`${path}.1`).size).toBeLessThan(1_500);
    });
  });

  it('drops what does not fit in memory, says how much, and never waits', async () => {
    const path = join(directory, 'node1.log');
    const logger = new FileLogger({ path });
    const text = 'x'.repeat(100_000);
    for (let i = 0; i < 50; i++) logger.info('event', { text });
    await vi.waitFor(() => {
      const dropped = lines(path).find((line) => line.event === 'log-lines-dropped');
      expect(dropped?.lineCount).toBeGreaterThan(10);
    });
  });
});
