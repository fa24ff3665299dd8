/**
 * What the library alone does not promise: an entry appended twice is decided twice (K9).
 */

import { expect, it } from 'vitest';
import { MemoryStorage, OmniPaxosConfig } from '../../src/core/index.js';

it('an entry carries its own id: the log shows a repeat, and does not remove it (K9)', () => {
  const storage = new MemoryStorage<{ readonly id: string }>();
  const omniPaxos = new OmniPaxosConfig({ configurationId: 1, pid: 1, peers: [] }).build(storage);
  while (omniPaxos.getCurrentLeader()?.isReady !== true) {
    omniPaxos.tick();
    omniPaxos.durable(storage.durablePosition);
  }
  for (const id of ['a', 'b', 'a']) omniPaxos.append({ id });
  omniPaxos.durable(storage.durablePosition);
  const decided = omniPaxos.readDecided(0).map(({ id }) => id);
  expect(decided).toEqual(['a', 'b', 'a']);
});
