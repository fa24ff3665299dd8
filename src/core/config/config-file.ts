/**
 * A configuration file → options, or every problem in it with line, key and what is allowed.
 *
 * Three stages: which layout; each key to its option (unknown and misplaced ones are refused, the
 * nearest is named); the schema over the options. Only the first stage that finds problems reports
 * them: what follows from a misspelled key is noise.
 */

import { configError, shown, type ConfigProblem } from './config-problem.js';
import {
  CONFIG_FIELDS,
  fieldOfOption,
  fieldsIn,
  homesOf,
  NESTED_TABLES,
  QUORUM_FIELDS,
  tablesOf,
  type ConfigField,
  type Layout,
} from './config-fields.js';
import {
  checkProtocolOptions,
  checkServerOptions,
  type OptionProblem,
  type ServerOptions,
} from './config-schema.js';
import { nearestKey } from './nearest-key.js';
import type { OmniPaxosConfigOptions } from './omnipaxos-config.js';
import { readTomlDocument, type ReadTomlOptions, type TomlDocument } from './toml-document.js';

const SERVER_OPTIONS: ReadonlySet<string> = new Set(['tickMs', 'segmentBytes', 'sync']);

export interface ConfigFile {
  readonly options: OmniPaxosConfigOptions;
  readonly server: ServerOptions;
  readonly document: TomlDocument;
}

export function readConfigFile(read: ReadTomlOptions): ConfigFile {
  const document = readTomlDocument(read);
  const reader = new ConfigFileReader(document);
  return reader.read();
}

class ConfigFileReader {
  readonly #document: TomlDocument;
  readonly #layout: Layout;
  readonly #problems: ConfigProblem[] = [];
  readonly #values = new Map<string, unknown>();
  /** option → where its key stands in the file. */
  readonly #places = new Map<string, readonly string[]>();

  constructor(document: TomlDocument) {
    this.#document = document;
    const isNested = NESTED_TABLES.some((table) => document.root.has(table));
    this.#layout = isNested ? 'nested' : 'flat';
  }

  read(): ConfigFile {
    this.#readTable('', this.#document.root);
    this.#throwProblems();
    this.#nodesToPeers();
    this.#throwProblems();
    const protocol: Record<string, unknown> = {};
    const server: Record<string, unknown> = {};
    for (const [option, value] of this.#values) {
      (SERVER_OPTIONS.has(option) ? server : protocol)[option] = value;
    }
    const found = [...checkProtocolOptions(protocol), ...checkServerOptions(server)];
    for (const problem of found) this.#problems.push(this.#word(problem));
    this.#throwProblems();
    return {
      options: protocol as unknown as OmniPaxosConfigOptions,
      server,
      document: this.#document,
    };
  }

  #readTable(table: string, entries: ReadonlyMap<string, unknown>): void {
    const prefix = table === '' ? [] : [table];
    for (const [key, value] of entries) {
      const path = [...prefix, key];
      const field = fieldsIn(table, this.#layout).find((candidate) => candidate.key === key);
      if (field !== undefined) this.#take(field, path, value);
      else if (table === '' && tablesOf(this.#layout).includes(key)) this.#enter(key, value);
      else this.#refuse(path, this.#whyUnknown(table, key));
    }
  }

  #enter(table: string, value: unknown): void {
    if (value instanceof Map) this.#readTable(table, value as ReadonlyMap<string, unknown>);
    else this.#refuse([table], `${table} must be a table: [${table}], with its keys below`);
  }

  #take(field: ConfigField, path: readonly string[], value: unknown): void {
    const earlier = this.#places.get(field.option);
    if (earlier !== undefined) {
      const place = this.#document.placeOf(earlier);
      this.#refuse(
        path,
        `${path.join('.')} is given twice; ${earlier.join('.')} stands in ${place}`,
      );
      return;
    }
    this.#places.set(field.option, path);
    const isTable = value instanceof Map;
    this.#values.set(field.option, isTable ? this.#readQuorum(path, value) : value);
  }

  #readQuorum(path: readonly string[], table: ReadonlyMap<unknown, unknown>): unknown {
    const quorum: Record<string, unknown> = {};
    for (const [key, value] of table) {
      const field = QUORUM_FIELDS.find((candidate) => candidate.key === key);
      if (field !== undefined) quorum[field.option] = value;
      else {
        const keys = QUORUM_FIELDS.map((candidate) => candidate.key);
        this.#refuse([...path, String(key)], unknownKey(String(key), keys));
      }
    }
    return quorum;
  }

  /** The nested layout lists all nodes, the flat one the others. */
  #nodesToPeers(): void {
    if (this.#layout === 'flat') return;
    const nodes = this.#values.get('nodes');
    const pid = this.#values.get('pid');
    const path = this.#places.get('nodes') ?? [];
    this.#values.delete('nodes');
    if (nodes === undefined) {
      this.#refuse(['cluster_config'], missing('nodes', 'cluster_config'));
    } else if (!Array.isArray(nodes)) {
      this.#refuse(path, this.#illegal('nodes', path));
    } else if (typeof pid === 'number' && !nodes.includes(pid)) {
      this.#refuse(path, `nodes does not hold pid ${pid}; allowed: ${allowedOf('nodes')}`);
    } else if (nodes.indexOf(pid) !== nodes.lastIndexOf(pid)) {
      this.#refuse(path, `nodes names node ${String(pid)} twice; allowed: ${allowedOf('nodes')}`);
    } else {
      // The schema speaks of peers; the line that it means is that of nodes.
      this.#values.set(
        'peers',
        nodes.filter((node) => node !== pid),
      );
      this.#places.set('peers', path);
    }
  }

  #whyUnknown(table: string, key: string): string {
    const layout = this.#layout;
    const name = table === '' ? key : `${table}.${key}`;
    const field = CONFIG_FIELDS.find((candidate) => candidate.key === key);
    const other = layout === 'flat' ? 'nested' : 'flat';
    const isOfOther =
      field === undefined
        ? table === '' && tablesOf(other).includes(key)
        : homesOf(field, other).includes(table);
    if (layout === 'nested' && isOfOther) {
      return `${name} belongs to the flat layout, but the file has [cluster_config] or [server_config]: the two do not mix in one file`;
    }
    const homes = field === undefined ? [] : homesOf(field, layout);
    if (field !== undefined && homes.length > 0) {
      return `${key} does not belong ${where(table)}; it stands ${homes.map(where).join(' or ')}`;
    }
    if (isOfOther || field?.key === 'nodes') {
      return `${name} belongs to the nested layout, with [cluster_config] and [server_config]; here it is peers, without pid`;
    }
    const here = fieldsIn(table, layout).map((candidate) => candidate.key);
    const tables = table === '' ? tablesOf(layout) : [];
    return unknownKey(name, [...here, ...tables], key);
  }

  #word(problem: OptionProblem): ConfigProblem {
    const [option = '', ...rest] = problem.path.map(String);
    const key = fieldOfOption(option)?.key ?? option;
    const home = this.#places.get(option);
    if (home === undefined) {
      const table = homesOf(fieldOfOption(option) ?? CONFIG_FIELDS[0]!, this.#layout)[0] ?? '';
      const message = missing(key, table);
      return { place: this.#document.placeOf(table === '' ? [] : [table]), message };
    }
    const inner = QUORUM_FIELDS.find((field) => field.option === rest[0])?.key;
    const path = [...home, ...(inner === undefined ? rest : [inner])];
    const place = this.#document.placeOf(path);
    const written = home.at(-1) ?? key;
    if (problem.reason !== undefined) {
      const allowed = allowedOf(written);
      return { place, message: `${written} ${problem.reason}; allowed: ${allowed}` };
    }
    if (problem.kind === 'missing') {
      return { place, message: `${written} lacks ${inner ?? key}; allowed: ${allowedOf(written)}` };
    }
    return { place, message: this.#illegal(written, path) };
  }

  #illegal(key: string, path: readonly string[]): string {
    const raw = this.#document.rawOf(path);
    const value = raw === undefined || raw === '' ? 'is not legal' : `is ${shown(raw)}`;
    const isItem = path.at(-1) !== key && /^[0-9]+$/.test(path.at(-1) ?? '');
    return `${key} ${isItem ? value.replace('is ', 'holds ') : value}; allowed: ${allowedOf(key)}`;
  }

  #refuse(path: readonly string[], message: string): void {
    this.#problems.push({ place: this.#document.placeOf(path), message });
  }

  #throwProblems(): void {
    if (this.#problems.length === 0) return;
    const place = this.#problems[0]?.place ?? this.#document.name;
    throw configError(this.#problems, [`Edit ${place}, then try again.`]);
  }
}

function allowedOf(key: string): string {
  return CONFIG_FIELDS.find((field) => field.key === key)?.allowed ?? '';
}

function where(table: string): string {
  return table === '' ? 'at the top level, above the first table' : `in [${table}]`;
}

function missing(key: string, table: string): string {
  return `${key} is missing; it stands ${where(table)}; allowed: ${allowedOf(key)}`;
}

function unknownKey(name: string, candidates: readonly string[], key = name): string {
  const nearest = nearestKey(key, candidates);
  const guess = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return `unknown key ${shown(name)}${guess} (allowed here: ${candidates.join(', ')})`;
}
