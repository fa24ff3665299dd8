/**
 * What a power cut may leave of a file system in memory.
 *
 * The model follows the record of changes and knows, at every point, what is safe: per file the
 * 512-byte sectors and the size that a sync covered, per directory the names. Everything else is a
 * unit of its own that may be kept, lost or torn, whatever becomes of the others. It assumes only
 * that a write never harms bytes it was not given, and that a name is there or not.
 */

import {
  indexNodes,
  newFile,
  writeInto,
  type Change,
  type DirectoryNode,
  type FileNode,
  type NameChange,
  type Node,
} from './memory-tree.js';

const SECTOR_BYTES = 512;

/** Something that no sync has covered. */
export type Unit =
  | { readonly kind: 'sector'; readonly file: number; readonly sector: number }
  /** The file is longer than its safe size. */
  | { readonly kind: 'size'; readonly file: number }
  | { readonly kind: 'name'; readonly change: NameChange; readonly of: Node['kind'] };

/**
 * `torn…`: half of what the sector's write brought is there. `garbage`: something else is.
 * `bothNames`: a renamed file is there under the new name and under the old one.
 */
export type Fate = 'kept' | 'lost' | 'tornHead' | 'tornTail' | 'garbage' | 'bothNames';

interface FileState {
  readonly node: FileNode;
  safe: Uint8Array;
  /** Sectors that no sync covered, by the number of the change that wrote them last. */
  readonly unsafe: Map<number, { number: number; isPoisoned: boolean }>;
}

interface UnsafeName {
  readonly number: number;
  readonly change: NameChange;
}

interface DirectoryState {
  readonly mode: number;
  readonly safe: Map<string, number>;
}

export class PowerLossModel {
  readonly #root: number;
  readonly #files = new Map<number, FileState>();
  readonly #directories = new Map<number, DirectoryState>();
  #names: UnsafeName[] = [];
  #number = 0;

  constructor(base: DirectoryNode) {
    this.#root = base.id;
    for (const node of indexNodes(base).values()) this.#add(node);
  }

  /** The next change of the record. */
  advance(change: Change): void {
    const number = this.#number++;
    switch (change.op) {
      case 'write':
        this.#write(change, number);
        return;
      case 'sync':
        this.#sync(this.#file(change.id), change.before);
        return;
      case 'syncFailed':
        for (const sector of this.#file(change.id).unsafe.values()) sector.isPoisoned = true;
        return;
      case 'syncDirectory':
        this.#syncDirectory(change.id, change.before);
        return;
      case 'create':
        if (change.kind === 'file') this.#addFile(change.id, new Uint8Array(0));
        else this.#directories.set(change.id, { mode: 0o700, safe: new Map() });
        this.#names.push({ number, change });
        return;
      case 'rename':
      case 'remove':
        this.#names.push({ number, change });
        return;
      case 'note':
    }
  }

  /** Without sectors that hold what they held before: their fate makes no difference. */
  units(): readonly Unit[] {
    const units: Unit[] = this.#names.map(({ change }) => this.#nameUnit(change));
    for (const [file, { node, safe, unsafe }] of this.#files) {
      if (node.bytes.length > safe.length) units.push({ kind: 'size', file });
      for (const sector of unsafe.keys()) {
        if (isChanged(node.bytes, safe, sector)) units.push({ kind: 'sector', file, sector });
      }
    }
    return units;
  }

  /** The disk afterwards. */
  image(fateOf: (unit: Unit) => Fate): DirectoryNode {
    const names = new Map<number, Map<string, number>>();
    for (const [id, { safe }] of this.#directories) names.set(id, new Map(safe));
    for (const { change } of this.#names) {
      applyName(names, change, fateOf(this.#nameUnit(change)));
    }
    return this.#directoryNode(this.#root, names, fateOf);
  }

  #nameUnit(change: NameChange): Unit {
    return { kind: 'name', change, of: this.#files.has(change.id) ? 'file' : 'directory' };
  }

  #directoryNode(
    id: number,
    names: ReadonlyMap<number, ReadonlyMap<string, number>>,
    fateOf: (unit: Unit) => Fate,
  ): DirectoryNode {
    const entries = new Map<string, Node>();
    for (const [name, child] of names.get(id) ?? []) {
      const file = this.#files.get(child);
      if (file === undefined) entries.set(name, this.#directoryNode(child, names, fateOf));
      // A file that kept two names is two files here: nobody writes to one of them in place.
      else entries.set(name, newFile(child, fileAfter(child, file, fateOf)));
    }
    return { kind: 'directory', id, mode: this.#directories.get(id)!.mode, entries };
  }

  #add(node: Node): void {
    if (node.kind === 'file') {
      this.#addFile(node.id, node.bytes);
      return;
    }
    const safe = new Map([...node.entries].map(([name, child]) => [name, child.id]));
    this.#directories.set(node.id, { mode: node.mode, safe });
  }

  #addFile(id: number, bytes: Uint8Array): void {
    this.#files.set(id, { node: newFile(id, bytes), safe: bytes.slice(), unsafe: new Map() });
  }

  #file(id: number): FileState {
    const file = this.#files.get(id);
    if (file === undefined) throw new Error(`no file ${id}`);
    return file;
  }

  #write(change: Extract<Change, { op: 'write' }>, number: number): void {
    const file = this.#file(change.id);
    // Images share the bytes as they are now.
    file.node.isShared = true;
    writeInto(file.node, change.bytes, change.position);
    const last = Math.floor((change.position + change.bytes.length - 1) / SECTOR_BYTES);
    for (let at = Math.floor(change.position / SECTOR_BYTES); at <= last; at++) {
      file.unsafe.set(at, { number, isPoisoned: false });
    }
  }

  /** A sync after a failed one covers only what was written since. */
  #sync(file: FileState, before: number): void {
    const { node, unsafe } = file;
    const covered = [...unsafe].filter(([, { number, isPoisoned }]) => {
      return number < before && !isPoisoned;
    });
    if (node.bytes.length > file.safe.length) {
      const isAllCovered = covered.length === unsafe.size;
      const lastByte = Math.max(-1, ...covered.map(([at]) => (at + 1) * SECTOR_BYTES));
      const sizeBytes = isAllCovered ? node.bytes.length : Math.min(node.bytes.length, lastByte);
      const safe = new Uint8Array(Math.max(sizeBytes, file.safe.length));
      safe.set(file.safe);
      file.safe = safe;
    }
    for (const [at] of covered) {
      const start = at * SECTOR_BYTES;
      const end = Math.min(start + SECTOR_BYTES, file.safe.length);
      file.safe.set(node.bytes.subarray(start, end), start);
      unsafe.delete(at);
    }
  }

  #syncDirectory(id: number, before: number): void {
    const isCovered = ({ number, change }: UnsafeName): boolean => {
      if (number >= before) return false;
      return change.op === 'rename'
        ? change.from === id || change.to === id
        : change.directory === id;
    };
    const safe = new Map([...this.#directories].map(([at, directory]) => [at, directory.safe]));
    for (const name of this.#names) if (isCovered(name)) applyName(safe, name.change, 'kept');
    this.#names = this.#names.filter((name) => !isCovered(name));
  }
}

function isChanged(bytes: Uint8Array, safe: Uint8Array, sector: number): boolean {
  const end = Math.min((sector + 1) * SECTOR_BYTES, bytes.length);
  for (let at = sector * SECTOR_BYTES; at < end; at++) {
    if (bytes[at] !== (safe[at] ?? 0)) return true;
  }
  return false;
}

/** By the file and not by its name: entries that were lost before do not stand in the way. */
function applyName(
  names: ReadonlyMap<number, Map<string, number>>,
  change: NameChange,
  fate: Fate,
): void {
  if (fate === 'lost') return;
  const removeName = (directory: number, name: string): void => {
    const entries = names.get(directory);
    if (entries?.get(name) === change.id) entries.delete(name);
  };
  switch (change.op) {
    case 'create':
      names.get(change.directory)?.set(change.name, change.id);
      return;
    case 'rename':
      if (fate !== 'bothNames') removeName(change.from, change.fromName);
      names.get(change.to)?.set(change.toName, change.id);
      return;
    case 'remove':
      removeName(change.directory, change.name);
  }
}

function fileAfter(id: number, file: FileState, fateOf: (unit: Unit) => Fate): Uint8Array {
  const { node, safe, unsafe } = file;
  const isGrown = node.bytes.length > safe.length;
  const hasSize = !isGrown || fateOf({ kind: 'size', file: id }) !== 'lost';
  let bytes = node.bytes;
  for (const sector of unsafe.keys()) {
    const fate = fateOf({ kind: 'sector', file: id, sector });
    if (fate === 'kept') continue;
    if (bytes === node.bytes) bytes = bytes.slice();
    const start = sector * SECTOR_BYTES;
    const end = Math.min(start + SECTOR_BYTES, bytes.length);
    harm(bytes, { start, end, fate, before: (at) => safe[at] ?? 0 });
  }
  return hasSize ? bytes : bytes.slice(0, safe.length);
}

interface Harm {
  readonly start: number;
  readonly end: number;
  readonly fate: Fate;
  readonly before: (at: number) => number;
}

/** Only bytes between the first and the last that the write changed. */
function harm(bytes: Uint8Array, { start, end, fate, before }: Harm): void {
  let from = start;
  let to = end;
  while (from < to && bytes[from] === before(from)) from += 1;
  while (to > from && bytes[to - 1] === before(to - 1)) to -= 1;
  const middle = from + Math.ceil((to - from) / 2);
  const [lostFrom, lostTo] =
    fate === 'tornHead' ? [middle, to] : fate === 'tornTail' ? [from, middle] : [from, to];
  for (let at = lostFrom; at < lostTo; at++) {
    bytes[at] = fate === 'garbage' ? (bytes[at]! ^ (0x5a + at * 31)) & 0xff : before(at);
  }
}
