/**
 * The command line of the node process says everything or is refused.
 */

import { describe, expect, it } from 'vitest';

import { parseServerArguments } from '../../src/core/server/arguments.js';

describe('the arguments of a node', () => {
  it('name a directory and a pid, and may say how it was started', () => {
    expect(parseServerArguments(['--dir', '/x', '--node', '2'])).toEqual({
      directory: '/x',
      pid: 2,
      isRecovery: false,
      hasParentChannel: false,
    });
    expect(parseServerArguments(['--node=7', '--dir=y', '--recover', '--ipc'])).toMatchObject({
      pid: 7,
      isRecovery: true,
      hasParentChannel: true,
    });
  });

  it.each([
    [[]],
    [['--dir', '/x']],
    [['--node', '1']],
    [['--dir', '', '--node', '1']],
    [['--dir', '/x', '--node', '0']],
    [['--dir', '/x', '--node', '1.5']],
    [['--dir', '/x', '--node', 'one']],
    [['--dir', '/x', '--node', '4294967296']],
    [['--dir', '/x', '--node', '1', '--force']],
    [['--dir', '/x', '--node', '1', 'more']],
  ])('%j is refused as wrong usage', (args) => {
    expect(() => parseServerArguments(args)).toThrow(
      expect.objectContaining({ code: 'OMNIKV_USAGE', exit: 64 }),
    );
  });
});
