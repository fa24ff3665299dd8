/** Lines and spellings of TOML keys, as error messages and number checks rely on them. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { scanTomlPositions } from '../../src/core/config/toml-positions.js';

describe('positions of TOML keys', () => {
  it('tells the line and the spelling of plain keys, past comments and blank lines', () => {
    const found = scanTomlPositions(
      '# a = 1\n\npid = 0x10 # the id\n  peers = [1, 2]\r\nx="a#b"\n',
    );
    expect(found.get('pid')).toEqual({ line: 3, raw: '0x10' });
    expect(found.get('peers')).toEqual({ line: 4, raw: '[1, 2]' });
    expect(found.get('peers.1')).toEqual({ line: 4, raw: '2' });
    expect(found.get('x')).toEqual({ line: 5, raw: '"a#b"' });
    expect(found.has('a')).toBe(false);
  });

  it('follows tables, dotted and quoted keys, inline tables', () => {
    const text = '[server_config]\npid=1\n[a . "b c"]\nd.e = { f = 1, g = [ {h=2} ] }\n';
    const found = scanTomlPositions(text);
    expect(found.get('server_config')?.line).toBe(1);
    expect(found.get('server_config.pid')?.line).toBe(2);
    expect(found.get('a.b c.d.e.f')).toEqual({ line: 4, raw: '1' });
    expect(found.get('a.b c.d.e.g.0.h')).toEqual({ line: 4, raw: '2' });
  });

  it('counts lines inside strings and lists that span several', () => {
    const text = 'a = """one\n"two\\"""" \nb = \'\'\'x\ny\'\'\'\nc = [\n  1, # one\n  2,\n]\nd = 5';
    const found = scanTomlPositions(text);
    expect(found.get('b')?.line).toBe(3);
    expect(found.get('c')?.line).toBe(5);
    expect(found.get('c.0')).toEqual({ line: 6, raw: '1' });
    expect(found.get('c.1')).toEqual({ line: 7, raw: '2' });
    expect(found.get('d')).toEqual({ line: 9, raw: '5' });
  });

  it('ends on any text, whatever it is', () => {
    const pieces = ['[', ']', '{', '}', '=', '"', "'", '"""', '\\', '\n', ',', '.', 'a', '1', '#'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), (parts) => {
        expect(() => scanTomlPositions(parts.join(''))).not.toThrow();
      }),
    );
    expect(() => scanTomlPositions('a=' + '['.repeat(100_000))).not.toThrow();
  });
});
