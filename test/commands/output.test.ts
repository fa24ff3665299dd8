/**
 * What commands print: the envelope, errors, colour, values.
 */

import { describe, expect, it } from 'vitest';
import { OmnikvError } from '../../src/core/errors.js';
import { printable, quoteForMessage, renderTable, toJson } from '../../src/cli/output.js';
import { writeValue, valueToJson } from '../../src/cli/render-value.js';
import { memoryOutput } from '../support/memory-output.js';

const error = new OmnikvError('OMNIKV_NO_QUORUM', '1 of 3 nodes is running', {
  suggestions: ['omnikv recover 2'],
});

describe('output', () => {
  it('prints an error with its id, the cause and the next command, to standard error (U2, U5)', () => {
    const memory = memoryOutput();
    memory.output.failure(error);
    expect(memory.stdout()).toBe('');
    expect(memory.stderr()).toBe(
      'OMNIKV_NO_QUORUM 1 of 3 nodes is running\n  try: omnikv recover 2\n',
    );
  });

  it('puts everything into one envelope under --json (U3)', () => {
    const memory = memoryOutput({ isJson: true });
    memory.output.line('for people');
    memory.output.note('by the way');
    memory.output.failure(error, { nodes: [] });
    expect(memory.stderr()).toBe('');
    expect(JSON.parse(memory.stdout())).toEqual({
      ok: false,
      error: {
        code: 'OMNIKV_NO_QUORUM',
        message: '1 of 3 nodes is running',
        exit: 69,
        suggestions: ['omnikv recover 2'],
      },
      nodes: [],
      notes: ['by the way'],
    });
  });

  it('colours only for a terminal, and never where NO_COLOR is set', () => {
    const coloured = memoryOutput({ isTerminal: true });
    coloured.output.failure(error);
    expect(coloured.stderr()).toContain('\u001b[31mOMNIKV_NO_QUORUM\u001b[0m');
    const environments: Record<string, string>[] = [{ NO_COLOR: '1' }, { TERM: 'dumb' }];
    for (const environment of environments) {
      const plain = memoryOutput({ isTerminal: true, environment });
      plain.output.failure(error);
      expect(plain.stderr()).not.toContain('\u001b');
    }
  });

  it('lets no control character of a message reach the terminal', () => {
    expect(printable('a\u001b[2Jb\r\u202e')).toBe('a\\x1b[2Jb\\x0d\\u202e');
    expect(quoteForMessage('x'.repeat(1_000_000)).length).toBeLessThan(70);
  });

  it('writes u64 as strings, so that no reader rounds them (U4)', () => {
    expect(toJson(valueToJson({ kind: 'u64', value: 2n ** 64n - 1n }))).toBe(
      '{"kind":"u64","value":"18446744073709551615"}',
    );
    expect(valueToJson({ kind: 'bytes', value: Uint8Array.of(0, 255) }).value).toBe('AP8=');
  });

  it('gives bytes to a pipe exactly, and to a terminal as base64', () => {
    const bytes = { kind: 'bytes', value: Uint8Array.of(0, 27, 255) } as const;
    const pipe = memoryOutput();
    writeValue(pipe.output, bytes);
    expect(pipe.stdoutBytes()).toEqual(Buffer.from([0, 27, 255]));
    const terminal = memoryOutput({ isTerminal: true });
    writeValue(terminal.output, bytes);
    expect(terminal.stdout()).toBe('ABv/\n');
  });

  it('aligns tables', () => {
    expect(
      renderTable([
        ['A', 'B'],
        ['long', 'x'],
      ]),
    ).toEqual(['A     B', 'long  x']);
  });
});
