/** OmniPaxosConfig as a program uses it: the constructor, both TOML layouts, what is refused. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { OmniPaxosConfig, type OmniPaxosConfigOptions } from '../../src/core/config/index.js';
import { OmnikvError } from '../../src/core/errors.js';

const FLAT = `configuration_id = 1
pid = 2
peers = [1, 3]
logger_file_path = "/omnipaxos/logs"
`;
const NESTED = `[cluster_config]
configuration_id = 7
nodes = [1, 2, 3, 4, 5]
flexible_quorum = { read_quorum_size = 4, write_quorum_size = 2 }

[server_config]
pid = 3
election_tick_timeout = 10
resend_message_tick_timeout = 100
flush_batch_tick_timeout = 200
buffer_size = 10000
batch_size = 2
leader_priority = 2
logger_file_path = "logs/paxos_3.log"
`;

const fieldsOf = (config: OmniPaxosConfig): object => Object.assign({}, config);

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'omnikv-config-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function load(text: string): OmniPaxosConfig {
  const path = join(directory, 'node.toml');
  writeFileSync(path, text);
  return OmniPaxosConfig.withToml(path);
}

/** The message without the directory. */
function refusal(text: string): string {
  try {
    load(text);
  } catch (error) {
    expect(error).toBeInstanceOf(OmnikvError);
    expect((error as OmnikvError).code).toBe('OMNIKV_INVALID_CONFIG');
    return (error as OmnikvError).message.replaceAll(`${directory}/`, '');
  }
  throw new Error(`accepted: ${text}`);
}

describe('OmniPaxosConfig in a program', () => {
  it('fills in every default', () => {
    const config = new OmniPaxosConfig({ configurationId: 1, pid: 2, peers: [1, 3] });
    expect(fieldsOf(config)).toEqual({
      configurationId: 1,
      pid: 2,
      peers: [1, 3],
      flexibleQuorum: undefined,
      leaderPriority: 0,
      electionTickTimeout: 30,
      resendMessageTickTimeout: 20,
      flushBatchTickTimeout: 1,
      batchSize: 1,
      bufferSize: 100_000,
      loggerFilePath: undefined,
    });
  });

  it('takes sparse and large pids, and a cluster of one', () => {
    const peers = [7, 1, 100, 2 ** 32 - 1];
    expect(new OmniPaxosConfig({ configurationId: 1, pid: 4, peers }).peers).toEqual(peers);
    const alone = { configurationId: 1, pid: 9, peers: [] };
    expect(new OmniPaxosConfig(alone).peers).toEqual([]);
    const flexibleQuorum = { readQuorumSize: 1, writeQuorumSize: 1 };
    expect(new OmniPaxosConfig({ ...alone, flexibleQuorum }).flexibleQuorum).toBeDefined();
  });

  const base: OmniPaxosConfigOptions = { configurationId: 1, pid: 2, peers: [1, 3] };
  const wrong: readonly [string, object, RegExp][] = [
    ['pid 0', { pid: 0 }, /pid is 0; allowed: a whole number from 1 to 4294967295/],
    ['a fraction', { pid: 1.5 }, /pid is 1\.5/],
    ['a pid beyond 2^32', { pid: 2 ** 32 }, /pid is 4294967296/],
    ['text for a number', { configurationId: '1' }, /configurationId is "1"/],
    ['no configuration id', { configurationId: undefined }, /configurationId is missing/],
    ['itself among the peers', { peers: [1, 2] }, /peers\.1 names node 2, which is pid itself/],
    ['a peer twice', { peers: [1, 1] }, /peers\.1 names node 1 twice/],
    ['a negative timeout', { electionTickTimeout: -1 }, /electionTickTimeout is -1/],
    ['batch size 0', { batchSize: 0 }, /batchSize is 0/],
    ['an unknown option', { batchsize: 1 }, /unknown option batchsize; did you mean batchSize\?/],
    [
      'quorums that need not meet',
      { flexibleQuorum: { readQuorumSize: 2, writeQuorumSize: 1 } },
      /flexibleQuorum 2 \+ 1 is not more than the 3 servers/,
    ],
    [
      'a quorum larger than the cluster',
      { flexibleQuorum: { readQuorumSize: 4, writeQuorumSize: 1 } },
      /flexibleQuorum asks for more servers than there are \(3\)/,
    ],
  ];
  for (const [what, change, message] of wrong) {
    it(`refuses ${what}`, () => {
      const options = { ...base, ...change };
      expect(() => new OmniPaxosConfig(options)).toThrow(message);
    });
  }

  it('names all problems at once', () => {
    const options = { configurationId: 0, pid: 0, peers: [0] };
    expect(() => new OmniPaxosConfig(options)).toThrow(/configurationId[^]*pid[^]*peers\.0/);
  });
});

describe('OmniPaxosConfig.withToml', () => {
  it("Z4: loads the seed document's file", () => {
    const config = load(FLAT);
    expect(config.configurationId).toBe(1);
    expect(config.pid).toBe(2);
    expect(config.peers).toEqual([1, 3]);
    expect(config.loggerFilePath).toBe('/omnipaxos/logs');
  });

  it('loads the flat layout with all its keys at the top level, or in tables', () => {
    const more =
      'leader_priority = 3\nbatch_size = 4\nbuffer_size = 5\nelection_tick_timeout = 6\n';
    const quorum = 'flexible_quorum = { read_quorum_size = 3, write_quorum_size = 1 }\n';
    const top = load(`${FLAT}${more}${quorum}`);
    const tables = load(
      `${FLAT}[timing]\nelection_tick_timeout = 6\ntick_ms = 20\n[protocol]\nleader_priority = 3\nbatch_size = 4\nbuffer_size = 5\n${quorum}[storage]\nsync = "never"\n`,
    );
    expect(fieldsOf(tables)).toEqual(fieldsOf(top));
    expect(top.flexibleQuorum).toEqual({ readQuorumSize: 3, writeQuorumSize: 1 });
    expect([top.leaderPriority, top.batchSize, top.bufferSize]).toEqual([3, 4, 5]);
  });

  it('loads the nested layout', () => {
    const config = load(NESTED);
    expect(fieldsOf(config)).toEqual({
      configurationId: 7,
      pid: 3,
      peers: [1, 2, 4, 5],
      flexibleQuorum: { readQuorumSize: 4, writeQuorumSize: 2 },
      leaderPriority: 2,
      electionTickTimeout: 10,
      resendMessageTickTimeout: 100,
      flushBatchTickTimeout: 200,
      batchSize: 2,
      bufferSize: 10_000,
      loggerFilePath: 'logs/paxos_3.log',
    });
  });

  it('loads a cluster of one, hex numbers, CRLF', () => {
    expect(load('configuration_id = 0x1\r\npid = 1_000\r\npeers = []\r\n').pid).toBe(1000);
  });

  const wrong: readonly [string, string, RegExp][] = [
    [
      'a wrong type',
      'configuration_id = 1\npid = "two"\npeers = []',
      /^node\.toml:2: pid is "two"; allowed: a whole number from 1/,
    ],
    [
      'a fraction',
      'configuration_id = 1\npid = 1.0\npeers = []',
      /^node\.toml:2: pid is 1\.0; allowed/,
    ],
    [
      '2^63 + 1, which a parser wraps',
      'configuration_id = 1\npid = 9223372036854775809\npeers = []',
      /^node\.toml:2: pid is 9223372036854775809; allowed/,
    ],
    [
      '2^64 + 1, which a parser wraps to 1',
      'configuration_id = 1\npid = 18446744073709551617\npeers = []',
      /^node\.toml:2: pid is 18446744073709551617; allowed/,
    ],
    [
      'a negative id',
      'configuration_id = -1\npid = 1\npeers = []',
      /^node\.toml:1: configuration_id is -1; allowed/,
    ],
    [
      'a missing key',
      'configuration_id = 1\npeers = []',
      /^node\.toml: pid is missing; it stands at the top level.*allowed: a whole/,
    ],
    ['an empty file', '', /configuration_id is missing[^]*pid is missing[^]*peers is missing/],
    [
      'a wrong item',
      'configuration_id = 1\npid = 1\npeers = [\n 2,\n "3",\n]',
      /^node\.toml:5: peers holds "3"; allowed: a list/,
    ],
    [
      'pid among the peers',
      'configuration_id = 1\npid = 1\npeers = [1, 2]',
      /^node\.toml:3: peers names node 1, which is pid itself; allowed/,
    ],
    [
      'a peer twice',
      'configuration_id = 1\npid = 1\npeers = [2, 2]',
      /^node\.toml:3: peers names node 2 twice; allowed/,
    ],
    [
      'an unknown key',
      `${FLAT}batchsize = 1`,
      /^node\.toml:5: unknown key batchsize; did you mean batch_size\?/,
    ],
    [
      'a far unknown key',
      `${FLAT}zzzzzz = 1`,
      /^node\.toml:5: unknown key zzzzzz \(allowed here: configuration_id, pid/,
    ],
    [
      'an unknown table',
      `${FLAT}[timming]`,
      /^node\.toml:5: unknown key timming; did you mean timing\?/,
    ],
    [
      'a key in the wrong table',
      `${FLAT}[storage]\nbatch_size = 1`,
      /^node\.toml:6: batch_size does not belong in \[storage\]; it stands at the top level, above the first table or in \[protocol\]/,
    ],
    [
      'a key twice in two places',
      `${FLAT}batch_size = 1\n[protocol]\nbatch_size = 2`,
      /^node\.toml:7: protocol\.batch_size is given twice; batch_size stands in node\.toml:5/,
    ],
    ['a key twice in one place', `${FLAT}pid = 3`, /^node\.toml:5: not TOML: /],
    ['no TOML', 'configuration_id = \npid = 1', /^node\.toml:1: not TOML: /],
    [
      'mixed layouts, a key',
      `pid = 1\n${NESTED}`,
      /^node\.toml:1: pid belongs to the flat layout.*do not mix/,
    ],
    [
      'mixed layouts, a table',
      `${NESTED}[protocol]\nbatch_size = 1`,
      /^node\.toml:15: protocol belongs to the flat layout.*do not mix/,
    ],
    [
      'nodes in the flat layout',
      `${FLAT}nodes = [1]`,
      /^node\.toml:5: nodes belongs to the nested layout/,
    ],
    [
      'nodes without pid',
      NESTED.replace('pid = 3', 'pid = 9'),
      /^node\.toml:3: nodes does not hold pid 9; allowed/,
    ],
    [
      'a node twice',
      NESTED.replace('[1, 2, 3', '[1, 1, 3'),
      /^node\.toml:3: nodes names node 1 twice; allowed/,
    ],
    [
      'nodes of a wrong type',
      NESTED.replace('nodes = [1, 2, 3, 4, 5]', 'nodes = 5'),
      /^node\.toml:3: nodes is 5; allowed/,
    ],
    [
      'no nodes',
      NESTED.replace(/nodes = .*/, ''),
      /^node\.toml:1: nodes is missing; it stands in \[cluster_config\]/,
    ],
    [
      'quorums that do not meet',
      NESTED.replace('size = 4', 'size = 3'),
      /^node\.toml:4: flexible_quorum 3 \+ 2 is not more than the 5 servers; allowed/,
    ],
    [
      'half a quorum',
      `${FLAT}flexible_quorum = { read_quorum_size = 2 }`,
      /^node\.toml:5: flexible_quorum lacks write_quorum_size; allowed/,
    ],
    [
      'a misspelled quorum',
      `${FLAT}flexible_quorum = { read_quorum = 2 }`,
      /^node\.toml:5: unknown key read_quorum; did you mean read_quorum_size\?/,
    ],
    [
      'a quorum of text',
      `${FLAT}flexible_quorum = { read_quorum_size = "2", write_quorum_size = 2 }`,
      /^node\.toml:5: flexible_quorum is "2"; allowed/,
    ],
    [
      'an empty logger path',
      FLAT.replace('/omnipaxos/logs', ''),
      /^node\.toml:4: logger_file_path is ""; allowed: a path in quotes/,
    ],
    ['a table that is none', `timing = 5\n${FLAT}`, /^node\.toml:1: timing must be a table/],
    [
      'a server key out of range',
      `${FLAT}[storage]\nsegment_bytes = 4095`,
      /^node\.toml:6: segment_bytes is 4095; allowed: a multiple of 8 from 4096/,
    ],
    [
      'an unknown sync',
      `${FLAT}[storage]\nsync = "sometimes"`,
      /^node\.toml:6: sync is "sometimes"; allowed: "always" or "never"/,
    ],
    ['__proto__', `${FLAT}__proto__ = 1`, /^node\.toml:5: unknown key __proto__/],
    ['constructor', `${FLAT}[constructor]\npid = 1`, /^node\.toml:5: unknown key constructor/],
  ];
  for (const [what, text, message] of wrong) {
    it(`refuses ${what}`, () => {
      expect(refusal(text)).toMatch(message);
    });
  }

  it('refuses what is no text, no file, too long, or not there', () => {
    const path = join(directory, 'node.toml');
    writeFileSync(path, Uint8Array.of(0xff, 0xfe, 0));
    expect(() => OmniPaxosConfig.withToml(path)).toThrow(/is not UTF-8/);
    expect(() => OmniPaxosConfig.withToml(directory)).toThrow(/is not a file/);
    expect(() => OmniPaxosConfig.withToml(join(directory, 'none'))).toThrow(/does not exist/);
    writeFileSync(path, '#'.repeat(1024 * 1024 + 1));
    expect(() => OmniPaxosConfig.withToml(path)).toThrow(/bytes long; at most/);
  });
});
