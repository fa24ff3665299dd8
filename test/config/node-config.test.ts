/** The files of a cluster directory: what init renders, what a node reads from it. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  ClusterLayout,
  loadNodeConfig,
  OmniPaxosConfig,
  readClusterConfig,
  renderClusterFile,
  renderNodeFile,
  resolveLoggerFile,
  type NodeConfig,
} from '../../src/core/config/index.js';
import { nodeFileSystem as fileSystem } from '../../src/core/platform/node-file-system.js';

let directory: string;
let layout: ClusterLayout;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'omnikv-node-config-'));
  mkdirSync(join(directory, 'config'));
  layout = new ClusterLayout({ directory, fileSystem });
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function writeNode(text: string): void {
  writeFileSync(layout.nodeConfigFile(2), text);
}

function load(): NodeConfig {
  return loadNodeConfig({ fileSystem, layout, pid: 2 });
}

const fieldsOf = (config: OmniPaxosConfig): OmniPaxosConfig => Object.assign({}, config);

const rendered = () => renderNodeFile({ fileSystem, pid: 2, pids: [1, 2, 3] });

describe('config/nodeN.toml', () => {
  it('Z4: begins with the four keys of the seed, and loads as it is rendered', () => {
    writeNode(rendered());
    const lines = rendered().split('\n');
    const keys = lines.filter((line) => /^[a-z_]+ =/.test(line)).map((line) => line.split(' ')[0]);
    expect(keys).toEqual(['configuration_id', 'pid', 'peers', 'logger_file_path']);
    const config = load();
    expect(config.omniPaxos.pid).toBe(2);
    expect(config.omniPaxos.peers).toEqual([1, 3]);
    expect(config.tickMs).toBe(10);
    expect(config.segmentBytes).toBe(8 * 1024 * 1024);
    expect(config.sync).toBe('always');
    expect(config.loggerFile).toBe(join(directory, 'logs/node2.log'));
    expect(OmniPaxosConfig.withToml(layout.nodeConfigFile(2)).pid).toBe(2);
  });

  it('every key that is commented out is legal and shows its default', () => {
    writeNode(rendered());
    const before = load();
    const all = rendered().replaceAll(/^# ([a-z_]+ = )/gm, '$1');
    expect(all).not.toBe(rendered());
    writeNode(all);
    const after = load();
    const { flexibleQuorum, ...rest } = fieldsOf(after.omniPaxos);
    expect(flexibleQuorum).toEqual({ readQuorumSize: 2, writeQuorumSize: 2 });
    expect({ ...rest, flexibleQuorum: undefined }).toEqual(fieldsOf(before.omniPaxos));
    expect([after.tickMs, after.segmentBytes, after.sync]).toEqual([
      before.tickMs,
      before.segmentBytes,
      before.sync,
    ]);
  });

  it('the digest tells a changed value, and no comment, default or order', () => {
    writeNode(rendered());
    const { digest } = load();
    expect(digest).toMatch(/^[0-9a-f]{8}$/);
    writeNode(rendered().replace('[1, 3]', '[3, 1] # both').replace('# batch_size', 'batch_size'));
    expect(load().digest).toBe(digest);
    writeNode(rendered().replace('# batch_size = 1', 'batch_size = 2'));
    expect(load().digest).not.toBe(digest);
    writeNode(rendered().replace('# sync = "always"', 'sync = "never"'));
    expect(load().digest).not.toBe(digest);
  });

  it('refuses the file of another node, naming the line', () => {
    writeNode(rendered().replace('pid = 2', 'pid = 1').replace('[1, 3]', '[2, 3]'));
    expect(load).toThrow(/^config\/node2\.toml:\d+: pid is 1, but this file is that of node 2/);
  });

  it('says which file is missing', () => {
    expect(load).toThrow('config/node2.toml does not exist');
  });
});

describe('logger_file_path', () => {
  const resolve = (loggerFilePath: string) =>
    resolveLoggerFile({ loggerFilePath, pid: 3, baseDirectory: directory, fileSystem });

  it('Z8: a file; a directory that exists or ends in / gets node<pid>.log', () => {
    expect(resolve('logs/a.log')).toBe(join(directory, 'logs/a.log'));
    expect(resolve('logs/')).toBe(join(directory, 'logs/node3.log'));
    expect(resolve('config')).toBe(join(directory, 'config/node3.log'));
    expect(resolve('/var/log/x')).toBe('/var/log/x');
  });
});

describe('config/cluster.toml', () => {
  const read = (text: string) => {
    writeFileSync(layout.clusterFile, text);
    return readClusterConfig({ fileSystem, path: layout.clusterFile });
  };
  const clusterId = '0123456789abcdef0123456789abcdef';

  it('reads what init renders', () => {
    const text = renderClusterFile({ fileSystem, clusterId });
    expect(read(text)).toEqual({ format: 1, clusterId });
    expect(read(`format=1 # x\r\ncluster_id='${clusterId}'`).clusterId).toBe(clusterId);
  });

  const wrong: readonly [string, RegExp][] = [
    [`format = 1\ncluster_id = "0123"`, /cluster\.toml:2: cluster_id must be 32 hex digits/],
    [`format = 1\n`, /cluster_id is missing/],
    [`format = 1\nformat = 1`, /cluster\.toml:2: format is given twice/],
    [`format = 1\nname = "x"`, /cluster\.toml:2: unknown key name/],
    [`format = one`, /cluster\.toml:1: "format = one" is not "key = value"/],
    [`__proto__ = "x"`, /cluster\.toml:1: unknown key __proto__/],
    [`format = 2\ncluster_id = "${clusterId}"`, /format is 2; this omnikv knows format 1/],
  ];
  for (const [text, message] of wrong) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      expect(() => read(text)).toThrow(message);
    });
  }
});

describe('the layout of a cluster directory', () => {
  it('finds the pids by their files, sparse and large ones too', () => {
    for (const name of ['node7.toml', 'node4294967295.toml', 'node01.toml', 'nodex.toml']) {
      writeFileSync(join(directory, 'config', name), '');
    }
    writeFileSync(join(directory, 'config', 'node4294967296.toml'), '');
    expect(layout.pids()).toEqual([7, 4294967295]);
  });

  it('N2: sockets lie in run/ while every path fits, else where run/sockets points', () => {
    expect(layout.socketPath(1)).toBe(join(directory, 'run/node1.sock'));
    const deep = join(directory, 'é'.repeat(50));
    const far = new ClusterLayout({ directory: deep, fileSystem });
    expect(() => far.socketPath(1)).toThrow(/have not been started/);
    mkdirSync(far.runDirectory, { recursive: true });
    writeFileSync(far.socketPointerFile, '/tmp/short\n');
    expect(far.socketPath(1)).toBe('/tmp/short/node1.sock');
    expect(readFileSync(far.socketPointerFile, 'utf8')).toBe('/tmp/short\n');
  });
});
