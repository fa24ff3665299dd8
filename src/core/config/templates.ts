/**
 * The files that init writes, from `templates/`: `{{name}}` is replaced, nothing else is.
 *
 * Rendered from text rather than written by a TOML library, which would lose the comments. A name
 * without a value is a bug of ours, never an empty place in a user's file.
 */

import { assert } from '../assert.js';
import {
  DEFAULT_BATCH_SIZE,
  DEFAULT_BUFFER_SIZE,
  DEFAULT_ELECTION_TICK_TIMEOUT,
  DEFAULT_FLUSH_BATCH_TICK_TIMEOUT,
  DEFAULT_RESEND_MESSAGE_TICK_TIMEOUT,
  DEFAULT_SEGMENT_BYTES,
  MAX_SEGMENT_BYTES,
  MIN_SEGMENT_BYTES,
  TICK_MS,
} from '../limits.js';
import type { FileSystem } from '../platform/ports.js';

const PLACEHOLDER = /\{\{([a-z_]+)\}\}/g;

export interface RenderNodeFileOptions {
  readonly fileSystem: FileSystem;
  readonly pid: number;
  /** All nodes, this one among them. */
  readonly pids: readonly number[];
}

export function renderNodeFile(options: RenderNodeFileOptions): string {
  const { pid, pids } = options;
  const peers = pids.filter((other) => other !== pid);
  return render(readTemplate(options.fileSystem, 'node.toml'), {
    pid: String(pid),
    peers: `[${peers.join(', ')}]`,
    tick_ms: String(TICK_MS),
    election_tick_timeout: String(DEFAULT_ELECTION_TICK_TIMEOUT),
    resend_message_tick_timeout: String(DEFAULT_RESEND_MESSAGE_TICK_TIMEOUT),
    flush_batch_tick_timeout: String(DEFAULT_FLUSH_BATCH_TICK_TIMEOUT),
    batch_size: String(DEFAULT_BATCH_SIZE),
    buffer_size: String(DEFAULT_BUFFER_SIZE),
    majority: String(Math.floor(pids.length / 2) + 1),
    segment_bytes: String(DEFAULT_SEGMENT_BYTES),
    min_segment_bytes: String(MIN_SEGMENT_BYTES),
    max_segment_bytes: String(MAX_SEGMENT_BYTES),
  });
}

export function renderClusterFile(options: {
  readonly fileSystem: FileSystem;
  readonly clusterId: string;
}): string {
  return render(readTemplate(options.fileSystem, 'cluster.toml'), {
    cluster_id: options.clusterId,
  });
}

/** `src/core/config` and `dist/core/config` are equally deep: the package is three above. */
function readTemplate(fileSystem: FileSystem, name: string): string {
  const path = new URL(`../../../templates/${name}`, import.meta.url).pathname;
  return new TextDecoder().decode(fileSystem.readFile(decodeURIComponent(path)));
}

function render(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(PLACEHOLDER, (_match, name: string) => {
    const value = values[name];
    assert(value !== undefined, `the template asks for ${name}, which has no value`);
    return value;
  });
}
