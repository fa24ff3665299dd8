/** What a put loads: the door of the cluster room must stay cheap. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { parseWaitCondition } from '../../src/core/cluster/index.js';

/** Modules that are loaded before any function is called; types and `import()` are not. */
function loadedBy(url: URL, seen = new Set<string>()): ReadonlySet<string> {
  const text = readFileSync(url, 'utf8');
  for (const match of text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from '([^']+)';/gm)) {
    const name = match[1] ?? '';
    const target = name.startsWith('.') ? new URL(name.replace(/\.js$/, '.ts'), url) : undefined;
    const key = target?.href ?? name;
    if (seen.has(key)) continue;
    seen.add(key);
    if (target !== undefined) loadedBy(target, seen);
  }
  return seen;
}

describe('the door of the cluster room', () => {
  it('loads no package and no other room but leaves, layout and the file system', () => {
    const loaded = [...loadedBy(new URL('../../src/core/cluster/index.ts', import.meta.url))];
    const packages = loaded.filter(
      (name) => !name.startsWith('file:') && !name.startsWith('node:'),
    );
    expect(packages).toEqual([]);
    expect(loaded.filter((name) => name.startsWith('file:')).length).toBeLessThanOrEqual(14);
  });
});

describe('what wait can wait for', () => {
  it('reads every form, and names the forms for anything else', () => {
    const parse = (text: string) => parseWaitCondition(text, [1, 2, 3]);
    expect(parse('leader')).toEqual({ kind: 'leader' });
    expect(parse('quorum')).toEqual({ kind: 'quorum' });
    expect(parse('synced')).toEqual({ kind: 'synced' });
    expect(parse('decided=842')).toEqual({ kind: 'decided', idx: 842 });
    expect(parse('node=2:down')).toEqual({ kind: 'node', pid: 2, state: 'down' });
    expect(parse('node=3:up')).toEqual({ kind: 'node', pid: 3, state: 'up' });
    for (const text of [
      '',
      'Leader',
      'decided',
      'decided=-1',
      'decided=1e3',
      'node=2',
      'node=2:x',
    ]) {
      expect(() => parse(text)).toThrow(/allowed: leader, quorum, synced, decided=N/);
    }
    expect(() => parse('node=9:down')).toThrow(/there is no node 9/);
  });
});
