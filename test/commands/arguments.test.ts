/**
 * Arguments before they reach a command, and unknown commands.
 */

import { describe, expect, it } from 'vitest';
import { prepareArguments, wantsJson } from '../../src/cli/arguments.js';
import { describe as describeUnknown } from '../../src/cli/command-not-found.js';
import { formatDuration, parseDuration } from '../../src/cli/duration.js';
import { editDistance, nearest } from '../../src/cli/edit-distance.js';
import { parseWholeNumber } from '../../src/cli/flags.js';
import { commandLine } from '../../src/cli/shell-quote.js';

describe('raw arguments', () => {
  it('may have --dir and --json before the command', () => {
    expect(prepareArguments(['--dir', '/x', '--json', 'put', 'a', '1'])).toEqual([
      'put',
      'a',
      '1',
      '--dir',
      '/x',
      '--json',
    ]);
    expect(prepareArguments(['--json', 'put', '--', '-a', '1'])).toEqual([
      'put',
      '--json',
      '--',
      '-a',
      '1',
    ]);
  });

  it('understand "help put"', () => {
    expect(prepareArguments(['help', 'put'])).toEqual(['put', '--help']);
    expect(prepareArguments([])).toEqual([]);
  });

  it('ask for JSON only before --', () => {
    expect(wantsJson(['put', 'a', '--json'])).toBe(true);
    expect(wantsJson(['put', '--', '--json', '1'])).toBe(false);
  });
});

describe('an unknown command', () => {
  const commands = ['put', 'get', 'log show', 'log verify', 'status', 'stop', 'destroy', 'del'];

  it('suggests the nearest one, at a distance of at most two', () => {
    expect(describeUnknown(['statsu'], commands).suggestions[0]).toBe('omnikv status');
    expect(describeUnknown(['log', 'shwo'], commands).suggestions[0]).toBe('omnikv log show');
    expect(describeUnknown(['putt', 'a', '1'], commands).suggestions[0]).toBe('omnikv put');
    expect(describeUnknown(['delete-everything'], commands).suggestions).toEqual(['omnikv --help']);
    expect(describeUnknown(['x'], commands).suggestions).toEqual(['omnikv --help']);
  });

  it('says when a command takes no argument', () => {
    const error = describeUnknown(['status', 'now'], commands);
    expect(error.message).toBe('status takes no argument, and got "now"');
    expect(error.exit).toBe(64);
  });

  it('measures edit distance', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(nearest('a', ['del', 'put'])).toBeUndefined();
  });
});

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['5s', 5_000],
    ['1m', 60_000],
    ['0.5s', 500],
    ['1h', 3_600_000],
  ])('%s is %d ms', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  it.each(['', '5', '-5s', '0s', '5 s', '25h', '1e3s', 'soon', '5S'])('is not %j', (text) => {
    expect(() => parseDuration(text)).toThrow(/is no duration; write 500ms, 5s or 1m/);
  });

  it('reads well', () => {
    expect([12, 1_234, 45_000, 600_000, 8_000_000].map(formatDuration)).toEqual([
      '12 ms',
      '1.2 s',
      '45 s',
      '10 min',
      '2 h',
    ]);
  });
});

describe('a whole number', () => {
  it.each(['', '-1', '1.5', '01', '9007199254740993', 'x'])('is not %j', (text) => {
    expect(() => parseWholeNumber(text)).toThrow(/is no whole number/);
  });
});

describe('a command to paste', () => {
  it('is quoted for the shell', () => {
    expect(commandLine(['omnikv', 'put', "a'b c", '5', ''])).toBe(`omnikv put 'a'\\''b c' 5 ''`);
  });
});
