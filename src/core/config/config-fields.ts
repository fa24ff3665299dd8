/**
 * Every key of a configuration file: what it is called, where it may stand, what it may say.
 *
 * One table for both layouts. Flat, as in the seed and in omnipaxos 0.1: all keys of the protocol at
 * the top level; those of `timing` and `protocol` may stand in these tables instead, as `init` writes
 * them. Nested, as in omnipaxos 0.2: `cluster_config` and `server_config`. The tables of the server
 * (`storage`, and `tick_ms`) go with both.
 */

import { MAX_PID, MAX_SEGMENT_BYTES, MIN_SEGMENT_BYTES } from '../limits.js';

export const NESTED_TABLES = ['cluster_config', 'server_config'] as const;

export type Layout = 'flat' | 'nested';

export interface ConfigField {
  readonly key: string;
  /** The option it sets: a field of OmniPaxosConfigOptions or of the server's settings. */
  readonly option: string;
  /** Tables where it may stand; '' is the top level. */
  readonly flat: readonly string[];
  readonly nested: readonly string[];
  readonly allowed: string;
}

const WHOLE = 'a whole number';
export const ALLOWED_PID = `${WHOLE} from 1 to ${MAX_PID}`;
const ALLOWED_U32 = `${WHOLE} from 0 to ${MAX_PID}`;
const ALLOWED_TICKS = `${WHOLE} of ticks from 1 to ${MAX_PID}`;

function protocolField(key: string, option: string, table: string, allowed: string): ConfigField {
  return { key, option, flat: ['', table], nested: ['server_config'], allowed };
}

export const CONFIG_FIELDS: readonly ConfigField[] = [
  {
    key: 'configuration_id',
    option: 'configurationId',
    flat: [''],
    nested: ['cluster_config'],
    allowed: ALLOWED_PID,
  },
  { key: 'pid', option: 'pid', flat: [''], nested: ['server_config'], allowed: ALLOWED_PID },
  {
    key: 'peers',
    option: 'peers',
    flat: [''],
    nested: [],
    allowed: 'a list of the other nodes, each once and without pid; [] for a single node',
  },
  {
    key: 'nodes',
    option: 'nodes',
    flat: [],
    nested: ['cluster_config'],
    allowed: 'a list of all nodes, each once, pid among them',
  },
  {
    key: 'logger_file_path',
    option: 'loggerFilePath',
    flat: [''],
    nested: ['server_config'],
    allowed: 'a path in quotes, not empty',
  },
  {
    key: 'flexible_quorum',
    option: 'flexibleQuorum',
    flat: ['', 'protocol'],
    nested: ['cluster_config'],
    allowed: '{ read_quorum_size = R, write_quorum_size = W }, each 1 to N and R + W > N',
  },
  protocolField('election_tick_timeout', 'electionTickTimeout', 'timing', ALLOWED_TICKS),
  protocolField('resend_message_tick_timeout', 'resendMessageTickTimeout', 'timing', ALLOWED_TICKS),
  protocolField('flush_batch_tick_timeout', 'flushBatchTickTimeout', 'timing', ALLOWED_TICKS),
  protocolField('leader_priority', 'leaderPriority', 'protocol', ALLOWED_U32),
  protocolField('batch_size', 'batchSize', 'protocol', `${WHOLE} of entries from 1 to ${MAX_PID}`),
  protocolField('buffer_size', 'bufferSize', 'protocol', `${WHOLE} from 1 to ${MAX_PID}`),
  {
    key: 'tick_ms',
    option: 'tickMs',
    flat: ['timing'],
    nested: ['timing'],
    allowed: `${WHOLE} of milliseconds from 1 to 60000`,
  },
  {
    key: 'segment_bytes',
    option: 'segmentBytes',
    flat: ['storage'],
    nested: ['storage'],
    allowed: `a multiple of 8 from ${MIN_SEGMENT_BYTES} to ${MAX_SEGMENT_BYTES}`,
  },
  {
    key: 'sync',
    option: 'sync',
    flat: ['storage'],
    nested: ['storage'],
    allowed: '"always" or "never"',
  },
];

/** Inside flexible_quorum. */
export const QUORUM_FIELDS = [
  { key: 'read_quorum_size', option: 'readQuorumSize' },
  { key: 'write_quorum_size', option: 'writeQuorumSize' },
] as const;

export function homesOf(field: ConfigField, layout: Layout): readonly string[] {
  return layout === 'flat' ? field.flat : field.nested;
}

/** Keys that may stand in a table of this layout. */
export function fieldsIn(table: string, layout: Layout): readonly ConfigField[] {
  return CONFIG_FIELDS.filter((field) => homesOf(field, layout).includes(table));
}

export function tablesOf(layout: Layout): readonly string[] {
  const tables = CONFIG_FIELDS.flatMap((field) => homesOf(field, layout));
  return [...new Set(tables)].filter((table) => table !== '');
}

export function fieldOfOption(option: string): ConfigField | undefined {
  return CONFIG_FIELDS.find((field) => field.option === option);
}
