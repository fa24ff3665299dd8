/** `--vs` names what omnikv is measured against. */

import { expect, it } from 'vitest';

import { systemsAgainst } from '../../bench/systems.js';

function namesAgainst(list: string): readonly string[] {
  return systemsAgainst(list).map(({ system }) => system.name);
}

it('omnikv comes first, each other once and in the order that was asked for', () => {
  expect(namesAgainst('redis,etcd,redis')).toEqual(['omnikv', 'redis', 'etcd']);
});

it('omnikv can be measured alone', () => {
  expect(namesAgainst('')).toEqual(['omnikv']);
});

it('a name that nobody has is refused with those that exist', () => {
  expect(() => systemsAgainst('etcd,oracle')).toThrow(/oracle: it is one of skeleton, etcd, /);
});
