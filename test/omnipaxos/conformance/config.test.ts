/**
 * Conformance with the reference's configuration test: T5.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OmniPaxosConfig } from '../../../src/core/config/index.js';
import { MemoryStorage } from '../../../src/core/storage/index.js';

const NESTED = `
[cluster_config]
configuration_id = 1
nodes = [1, 2, 3, 4, 5]
flexible_quorum = { read_quorum_size = 4, write_quorum_size = 2 }

[server_config]
pid = 1
election_tick_timeout = 10
resend_message_tick_timeout = 100
flush_batch_tick_timeout = 200
buffer_size = 10000
batch_size = 2
logger_file_path = "logs/paxos_1.log"
leader_priority = 2
`;

const FLAT = `
configuration_id = 1
pid = 1
peers = [2, 3, 4, 5]
election_tick_timeout = 10
resend_message_tick_timeout = 100
flush_batch_tick_timeout = 200
buffer_size = 10000
batch_size = 2
logger_file_path = "logs/paxos_1.log"
leader_priority = 2
flexible_quorum = { read_quorum_size = 4, write_quorum_size = 2 }
`;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'omnikv-config-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each([
  { layout: 'nested', toml: NESTED },
  { layout: 'flat', toml: FLAT },
])('T5: every field of the $layout file arrives, and the instance is built', ({ layout, toml }) => {
  const path = join(directory, `${layout}.toml`);
  writeFileSync(path, toml);
  const config = OmniPaxosConfig.withToml(path);
  expect(config).toMatchObject({
    configurationId: 1,
    pid: 1,
    peers: [2, 3, 4, 5],
    flexibleQuorum: { readQuorumSize: 4, writeQuorumSize: 2 },
    electionTickTimeout: 10,
    resendMessageTickTimeout: 100,
    flushBatchTickTimeout: 200,
    bufferSize: 10_000,
    batchSize: 2,
    loggerFilePath: 'logs/paxos_1.log',
    leaderPriority: 2,
  });
  expect(config.build(new MemoryStorage<string>()).status().pid).toBe(1);
});
