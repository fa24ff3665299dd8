/**
 * Directories and files of a cluster survive a power cut once they are made.
 */

import { expect, it } from 'vitest';

import { ensureDirectory, writeFileAtomically } from '../../src/core/cluster/cluster-files.js';
import { crashStates, worstCase } from '../support/crash-states.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';

it('a directory is there after a power cut, and so is what is above it', () => {
  const fileSystem = new MemoryFileSystem();
  ensureDirectory(fileSystem, '/home/cluster/data');
  expect(worstCase(fileSystem).status('/home/cluster/data')?.kind).toBe('directory');
});

it('a file is the old one or the new one, at every point of a power cut', () => {
  const fileSystem = new MemoryFileSystem();
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text.repeat(300));
  writeFileAtomically(fileSystem, '/file', bytes('old'));
  const from = fileSystem.changes.length;
  writeFileAtomically(fileSystem, '/file', bytes('new'));
  const plan = { seed: 'files', pairs: 10, mixtures: 10, from };
  for (const state of crashStates(fileSystem, plan)) {
    const found = new TextDecoder().decode(state.fileSystem.readFile('/file')).slice(0, 3);
    expect(['old', 'new'], state.label).toContain(found);
  }
  expect(new TextDecoder().decode(worstCase(fileSystem).readFile('/file')).slice(0, 3)).toBe('new');
});
