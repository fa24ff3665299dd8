/**
 * `config/nodeN.toml`: all that a node of a cluster directory is told.
 *
 * The protocol's options and the server's tables in one file. Every error names file, line, key
 * and what is allowed.
 */

import { crc32 } from 'node:zlib';

import { DEFAULT_SEGMENT_BYTES, TICK_MS } from '../limits.js';
import type { FileSystem } from '../platform/ports.js';
import type { ClusterLayout } from './cluster-layout.js';
import { readConfigFile } from './config-file.js';
import { configError } from './config-problem.js';
import { resolveLoggerFile } from './logger-file.js';
import { OmniPaxosConfig } from './omnipaxos-config.js';
import type { TomlDocument } from './toml-document.js';

export interface NodeConfig {
  readonly omniPaxos: OmniPaxosConfig;
  /** Real time of one protocol tick. */
  readonly tickMs: number;
  readonly segmentBytes: number;
  /** `never` skips fdatasync: a power cut then loses acknowledged data. */
  readonly sync: 'always' | 'never';
  /** Absolute (Z8). */
  readonly loggerFile: string;
  /** Hex. Equal exactly where two files tell a node the same; comments do not count. */
  readonly digest: string;
}

export interface LoadNodeConfigOptions {
  readonly fileSystem: FileSystem;
  readonly layout: ClusterLayout;
  readonly pid: number;
}

/** Throws `OMNIKV_INVALID_CONFIG`, or `OMNIKV_IO` where the file cannot be read. */
export function loadNodeConfig(options: LoadNodeConfigOptions): NodeConfig {
  const { fileSystem, layout, pid } = options;
  const name = `config/node${pid}.toml`;
  const file = readConfigFile({ fileSystem, path: layout.nodeConfigFile(pid), name });
  const omniPaxos = new OmniPaxosConfig(file.options);
  if (omniPaxos.pid !== pid) refuseOtherPid(file.document, pid, omniPaxos.pid);
  const settings = {
    tickMs: file.server.tickMs ?? TICK_MS,
    segmentBytes: file.server.segmentBytes ?? DEFAULT_SEGMENT_BYTES,
    sync: file.server.sync ?? 'always',
  } as const;
  const loggerFilePath = omniPaxos.loggerFilePath ?? `logs/node${pid}.log`;
  return {
    omniPaxos,
    ...settings,
    loggerFile: resolveLoggerFile({
      loggerFilePath,
      pid,
      baseDirectory: layout.directory,
      fileSystem,
    }),
    digest: digestOf(omniPaxos, { ...settings, loggerFilePath }),
  };
}

/** The file's name is how every command finds the node: it must not lie. */
function refuseOtherPid(document: TomlDocument, pid: number, written: number): never {
  const path = document.root.has('pid') ? ['pid'] : ['server_config', 'pid'];
  const message = `pid is ${written}, but this file is that of node ${pid}; allowed: ${pid}`;
  const place = document.placeOf(path);
  throw configError([{ place, message }], [`Set pid = ${pid} in ${place}.`]);
}

/**
 * Eight hex digits, against accidents. What is written and what is left to its default are the same;
 * the order of peers is nothing.
 */
function digestOf(omniPaxos: OmniPaxosConfig, settings: object): string {
  const peers = [...omniPaxos.peers].sort((a, b) => a - b);
  const canonical = JSON.stringify([Object.assign({}, omniPaxos, { peers }), settings]);
  return crc32(canonical).toString(16).padStart(8, '0');
}
