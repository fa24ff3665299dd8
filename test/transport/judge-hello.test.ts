/**
 * N6: the table of `judgeHello`, row by row, and its order.
 */

import { describe, expect, it } from 'vitest';

import type { Host } from '../../src/core/transport/judge-hello.js';
import { PROTOCOL_VERSIONS } from '../../src/core/wire/index.js';
import { judgeHello } from '../../src/core/transport/judge-hello.js';
import type { Hello } from '../../src/core/wire/index.js';
import { CLUSTER, hello, OTHER_CLUSTER } from './fixtures.js';

const host: Host = {
  pid: 1,
  clusterId: CLUSTER,
  isStopping: false,
  isFull: false,
  isPeer: (pid) => pid === 2,
};
const { lowest, highest } = PROTOCOL_VERSIONS;
const future = { lowestVersion: highest + 1, highestVersion: highest + 8 };
const past = { lowestVersion: 1, highestVersion: lowest - 1 };

const rows: readonly [string, Hello, Partial<Host>, string][] = [
  ['a peer', hello(2, 1), {}, 'accepted'],
  ['a client', hello(0, 1), {}, 'accepted'],
  ['a peer of another configuration', hello(2, 1, { configurationId: 9 }), {}, 'accepted'],
  ['a newer peer that speaks ours too', hello(2, 1, { highestVersion: 9 }), {}, 'accepted'],
  ['a version of the future', hello(2, 1, future), {}, 'unsupportedVersion'],
  ['a version of the past', hello(2, 1, past), {}, 'unsupportedVersion'],
  [
    'a range without an element',
    hello(2, 1, { lowestVersion: highest + 1 }),
    {},
    'unsupportedVersion',
  ],
  ['version 0', hello(2, 1, { lowestVersion: 0, highestVersion: 0 }), {}, 'unsupportedVersion'],
  ['another cluster', hello(2, 1, { clusterId: OTHER_CLUSTER }), {}, 'wrongCluster'],
  ['another node', hello(2, 3), {}, 'wrongTarget'],
  ['a stopping node', hello(0, 1), { isStopping: true }, 'shuttingDown'],
  ['an unknown peer', hello(5, 1), {}, 'unknownPeer'],
  ['the node itself', hello(1, 1), {}, 'unknownPeer'],
  ['a full house', hello(0, 1), { isFull: true }, 'tooManyConnections'],
  ['a peer at a full house', hello(2, 1), { isFull: true }, 'accepted'],
];

describe('who may connect', () => {
  it.each(rows)('N6: %s', (_, said, changes, expected) => {
    const verdict = judgeHello(said, { ...host, ...changes });
    expect(verdict.kind === 'accepted' ? verdict.kind : verdict.reason).toBe(expected);
  });

  it('chooses the highest version that both speak', () => {
    expect(judgeHello(hello(2, 1, { lowestVersion: 0, highestVersion: 200 }), host)).toEqual({
      kind: 'accepted',
      version: PROTOCOL_VERSIONS.highest,
    });
  });
});
