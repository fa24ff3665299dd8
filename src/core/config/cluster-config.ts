/**
 * `config/cluster.toml`: the marker of a cluster directory, written once by init.
 *
 * Two keys, read by hand: every put and get needs the cluster id, and need not load a TOML parser
 * for it. Comments and spaces are free; anything else is refused.
 */

import { OmnikvError } from '../errors.js';
import type { FileSystem } from '../platform/ports.js';

/** The only format so far (D4). */
export const CLUSTER_FORMAT = 1;

export interface ClusterConfig {
  readonly format: number;
  /** 32 lower-case hex digits. */
  readonly clusterId: string;
}

const LINE = /^\s*([A-Za-z0-9_-]+)\s*=\s*(?:"([^"\\]*)"|'([^']*)'|([0-9]+))\s*(?:#.*)?$/;
const BLANK = /^\s*(?:#.*)?$/;
const RULES: Readonly<Record<string, { readonly test: RegExp; readonly allowed: string }>> = {
  format: { test: /^[0-9]{1,9}$/, allowed: 'a whole number' },
  cluster_id: { test: /^[0-9a-f]{32}$/, allowed: '32 hex digits in quotes, as init wrote them' },
};

/** Throws `OMNIKV_INVALID_CONFIG`, naming line and key, or `OMNIKV_UNSUPPORTED_FORMAT`. */
export function readClusterConfig(options: {
  readonly fileSystem: FileSystem;
  readonly path: string;
}): ClusterConfig {
  const { fileSystem, path } = options;
  const text = new TextDecoder().decode(fileSystem.readFile(path));
  const values = readValues(text, path);
  const format = Number(required(values, 'format', path));
  if (format !== CLUSTER_FORMAT) {
    throw new OmnikvError(
      'OMNIKV_UNSUPPORTED_FORMAT',
      `${path}: format is ${format}; this omnikv knows format ${CLUSTER_FORMAT}`,
    );
  }
  return { format, clusterId: required(values, 'cluster_id', path) };
}

function readValues(text: string, path: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (BLANK.test(line)) continue;
    const match = LINE.exec(line);
    const key = match?.[1] ?? '';
    const value = match?.[2] ?? match?.[3] ?? match?.[4] ?? '';
    const rule = Object.hasOwn(RULES, key) ? RULES[key] : undefined;
    const place = `${path}:${index + 1}`;
    if (match === null) fail(`${place}: ${JSON.stringify(line.slice(0, 60))} is not "key = value"`);
    if (rule === undefined) fail(`${place}: unknown key ${key}; allowed: format, cluster_id`);
    if (values.has(key)) fail(`${place}: ${key} is given twice`);
    if (!rule.test.test(value)) fail(`${place}: ${key} must be ${rule.allowed}`);
    values.set(key, value);
  }
  return values;
}

function required(values: ReadonlyMap<string, string>, key: string, path: string): string {
  return values.get(key) ?? fail(`${path}: ${key} is missing; it must be ${RULES[key]?.allowed}`);
}

function fail(message: string): never {
  throw new OmnikvError('OMNIKV_INVALID_CONFIG', message, {
    suggestions: [
      'Put back the config/cluster.toml that omnikv init wrote: nobody needs to edit it.',
    ],
  });
}
