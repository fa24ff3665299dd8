/**
 * A file system in memory that can lose power: what was not synced may be gone, in part, or torn.
 *
 * Every change is recorded. `crashStates` replays a prefix of the record and drops, keeps or tears
 * what no sync had covered, files and directory entries alike. A sync covers what was written
 * before it was *called*. Completion of writes and syncs is in the hands of the test.
 */

import type {
  FileHandle,
  FileStatus,
  FileSystem,
  FileSystemError,
} from '../../src/core/platform/ports.js';

interface FileNode {
  readonly kind: 'file';
  readonly id: number;
  bytes: Uint8Array;
}
interface DirectoryNode {
  readonly kind: 'directory';
  readonly id: number;
  mode: number;
  readonly entries: Map<string, Node>;
}
type Node = FileNode | DirectoryNode;

export type Change =
  | {
      readonly op: 'write';
      readonly id: number;
      readonly position: number;
      readonly bytes: Uint8Array;
    }
  | {
      readonly op: 'create';
      readonly directory: number;
      readonly name: string;
      readonly id: number;
      readonly kind: Node['kind'];
    }
  | {
      readonly op: 'rename';
      readonly from: number;
      readonly fromName: string;
      readonly to: number;
      readonly toName: string;
    }
  | { readonly op: 'remove'; readonly directory: number; readonly name: string }
  /** Covers the writes to the file before change number `before`. */
  | { readonly op: 'sync'; readonly id: number; readonly before: number }
  /** The pages were dropped as clean: no later sync covers what was written before it. */
  | { readonly op: 'syncFailed'; readonly id: number }
  | { readonly op: 'syncDirectory'; readonly id: number; readonly before: number }
  /** What the workload knew at this point: an acknowledgement, for example. */
  | { readonly op: 'note'; readonly note: unknown };

export interface Call {
  /** Number of the call, from 0; reads count too. */
  readonly number: number;
  readonly kind: string;
  readonly path: string;
}

export function fileSystemError(code: string, what: string): FileSystemError {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

/** Fails call `number`, or it and every one after it. */
export function failNth(
  number: number,
  { code = 'EIO', mode = 'once' }: { code?: string; mode?: 'once' | 'forever' } = {},
): (call: Call) => string | undefined {
  return (call) => {
    const isHit = mode === 'once' ? call.number === number : call.number >= number;
    return isHit ? code : undefined;
  };
}

function emptyRoot(): DirectoryNode {
  return { kind: 'directory', id: 1, mode: 0o700, entries: new Map() };
}

function cloneNode(node: Node): Node {
  if (node.kind === 'file') return { ...node, bytes: node.bytes.slice() };
  const entries = new Map([...node.entries].map(([name, child]) => [name, cloneNode(child)]));
  return { ...node, entries };
}

export class MemoryFileSystem implements FileSystem {
  readonly changes: Change[] = [];
  callCount = 0;
  fault: (call: Call) => string | undefined = () => undefined;
  free = Number.MAX_SAFE_INTEGER;
  /** `auto`: completions come by themselves, later. `manual`: `complete` and `completeAll`. */
  completion: 'auto' | 'manual' = 'auto';
  readonly #root: DirectoryNode;
  readonly #base: DirectoryNode;
  readonly #waiting: (() => void)[] = [];
  #nextId: number;

  constructor(root: DirectoryNode = emptyRoot()) {
    this.#root = root;
    this.#base = cloneNode(root) as DirectoryNode;
    this.#nextId = Math.max(...indexNodes(root, new Map()).keys()) + 1;
  }

  // -- the port ------------------------------------------------------------------------------

  status(path: string): FileStatus | undefined {
    this.#call('status', path);
    const node = this.#find(path);
    if (node === undefined) return undefined;
    return {
      kind: node.kind,
      sizeBytes: node.kind === 'file' ? node.bytes.length : 0,
      mode: node.kind === 'file' ? 0o600 : node.mode,
      identity: `mem:${node.id}`,
    };
  }

  list(directory: string): readonly string[] {
    this.#call('list', directory);
    return [...this.#directory(directory).entries.keys()];
  }

  makeDirectory(path: string): void {
    this.#call('makeDirectory', path);
    this.#create(path, 'directory');
  }

  open(path: string, mode: 'read' | 'readWrite' | 'create'): FileHandle {
    this.#call(mode === 'create' ? 'create' : 'open', path);
    if (mode === 'create') return this.#handle(this.#create(path, 'file') as FileNode, path);
    const node = this.#find(path);
    if (node?.kind !== 'file') throw fileSystemError('ENOENT', path);
    return this.#handle(node, path);
  }

  readFile(path: string): Uint8Array {
    this.#call('readFile', path);
    const node = this.#find(path);
    if (node?.kind !== 'file') throw fileSystemError('ENOENT', path);
    return node.bytes.slice();
  }

  rename(from: string, to: string): void {
    this.#call('rename', from);
    const [fromParent, fromName] = this.#parent(from);
    const [toParent, toName] = this.#parent(to);
    const node = fromParent.entries.get(fromName);
    if (node === undefined) throw fileSystemError('ENOENT', from);
    const target = toParent.entries.get(toName);
    if (target?.kind === 'directory' && target.entries.size > 0) {
      throw fileSystemError('ENOTEMPTY', to);
    }
    fromParent.entries.delete(fromName);
    toParent.entries.set(toName, node);
    this.changes.push({ op: 'rename', from: fromParent.id, fromName, to: toParent.id, toName });
  }

  remove(path: string): void {
    this.#call('remove', path);
    const [parent, name] = this.#parent(path);
    const node = parent.entries.get(name);
    if (node === undefined) throw fileSystemError('ENOENT', path);
    if (node.kind === 'directory' && node.entries.size > 0)
      throw fileSystemError('ENOTEMPTY', path);
    parent.entries.delete(name);
    this.changes.push({ op: 'remove', directory: parent.id, name });
  }

  syncDirectory(path: string): void {
    this.#call('syncDirectory', path);
    const { id } = this.#directory(path);
    this.changes.push({ op: 'syncDirectory', id, before: this.changes.length });
  }

  startDirectorySync(path: string, done: (error: Error | undefined) => void): void {
    const before = this.changes.length;
    this.#later('syncDirectory', path, done, () => {
      this.changes.push({ op: 'syncDirectory', id: this.#directory(path).id, before });
    });
  }

  freeBytes(path: string): number {
    this.#call('freeBytes', path);
    return this.free;
  }

  // -- in the hands of the test ---------------------------------------------------------------

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Ends the oldest write or sync that is under way. */
  complete(): void {
    this.#waiting.shift()?.();
  }

  completeAll(): void {
    while (this.#waiting.length > 0) this.complete();
  }

  note(note: unknown): void {
    this.changes.push({ op: 'note', note });
  }

  /** The bytes themselves: what a test changes here was damaged at rest. */
  bytesOf(path: string): Uint8Array {
    const node = this.#find(path);
    if (node?.kind !== 'file') throw fileSystemError('ENOENT', path);
    return node.bytes;
  }

  setBytes(path: string, bytes: Uint8Array): void {
    const [parent, name] = this.#parent(path);
    const node = parent.entries.get(name);
    if (node?.kind === 'file') node.bytes = bytes;
    else parent.entries.set(name, { kind: 'file', id: this.#nextId++, bytes });
  }

  setMode(path: string, mode: number): void {
    this.#directory(path).mode = mode;
  }

  /** Another file system with the same contents, everything durable. */
  copy(): MemoryFileSystem {
    return new MemoryFileSystem(cloneNode(this.#root) as DirectoryNode);
  }

  /** Every file and its bytes, for comparing. */
  contents(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    const visit = (node: Node, path: string): void => {
      if (node.kind === 'file') found.set(path, Buffer.from(node.bytes).toString('latin1'));
      else for (const [name, child] of node.entries) visit(child, `${path}/${name}`);
    };
    visit(this.#root, '');
    return found;
  }

  /** The state before the first change. */
  baseCopy(): DirectoryNode {
    return cloneNode(this.#base) as DirectoryNode;
  }

  // -- inside ---------------------------------------------------------------------------------

  #call(kind: string, path: string): void {
    const code = this.fault({ number: this.callCount++, kind, path });
    if (code !== undefined) throw fileSystemError(code, `${kind} ${path}`);
  }

  #later(
    kind: string,
    path: string,
    done: (error: Error | undefined) => void,
    effect: () => void,
    failed: () => void = () => undefined,
  ): void {
    let error: Error | undefined;
    try {
      this.#call(kind, path);
    } catch (thrown) {
      error = thrown as Error;
    }
    const finish = (): void => {
      if (error === undefined) effect();
      else failed();
      done(error);
    };
    if (this.completion === 'auto') setImmediate(finish);
    else this.#waiting.push(finish);
  }

  #handle(node: FileNode, path: string): FileHandle {
    const write = (bytes: Uint8Array, position: number): void => {
      writeInto(node, bytes, position);
      this.changes.push({ op: 'write', id: node.id, position, bytes: bytes.slice() });
    };
    const synced = (before: number): void => {
      this.changes.push({ op: 'sync', id: node.id, before });
    };
    const syncFailed = (): void => {
      this.changes.push({ op: 'syncFailed', id: node.id });
    };
    return {
      read: (position, length) => {
        this.#call('read', path);
        return node.bytes.slice(position, position + length);
      },
      writeSync: (bytes, position) => {
        this.#call('write', path);
        write(bytes, position);
      },
      write: (bytes, position, done) => {
        this.#later('write', path, done, () => {
          write(bytes, position);
        });
      },
      sync: (done) => {
        const before = this.changes.length;
        this.#later('sync', path, done, () => synced(before), syncFailed);
      },
      syncNow: () => {
        try {
          this.#call('sync', path);
        } catch (error) {
          syncFailed();
          throw error;
        }
        synced(this.changes.length);
      },
      size: () => node.bytes.length,
      close: () => {
        this.#call('close', path);
      },
    };
  }

  #create(path: string, kind: Node['kind']): Node {
    const [parent, name] = this.#parent(path);
    if (parent.entries.has(name)) throw fileSystemError('EEXIST', path);
    const node = newNode(kind, this.#nextId++);
    parent.entries.set(name, node);
    this.changes.push({ op: 'create', directory: parent.id, name, id: node.id, kind });
    return node;
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of path.split('/').filter((part) => part !== '')) {
      node = node?.kind === 'directory' ? node.entries.get(name) : undefined;
    }
    return node;
  }

  #directory(path: string): DirectoryNode {
    const node = this.#find(path);
    if (node?.kind !== 'directory') throw fileSystemError('ENOENT', path);
    return node;
  }

  #parent(path: string): [DirectoryNode, string] {
    const slash = path.lastIndexOf('/');
    return [this.#directory(path.slice(0, slash)), path.slice(slash + 1)];
  }
}

function newNode(kind: Node['kind'], id: number): Node {
  if (kind === 'file') return { kind, id, bytes: new Uint8Array(0) };
  return { kind, id, mode: 0o700, entries: new Map() };
}

function writeInto(node: FileNode, bytes: Uint8Array, position: number): void {
  const end = position + bytes.length;
  if (end > node.bytes.length) {
    const grown = new Uint8Array(end);
    grown.set(node.bytes);
    node.bytes = grown;
  }
  node.bytes.set(bytes, position);
}

// -- power loss -------------------------------------------------------------------------------

/** What becomes of a change that no sync had covered. */
type Fate = 'keep' | 'drop' | { readonly bytes: Uint8Array };

export interface CrashState {
  readonly label: string;
  readonly fileSystem: MemoryFileSystem;
  /** The notes taken before the crash. */
  readonly notes: readonly unknown[];
}

function isCovered(change: Change, number: number, prefix: readonly Change[]): boolean {
  for (let later = number + 1; later < prefix.length; later++) {
    const other = prefix[later]!;
    if (change.op === 'write') {
      if (other.op === 'syncFailed' && other.id === change.id) return false;
      if (other.op === 'sync' && other.id === change.id && other.before > number) return true;
    } else if (other.op === 'syncDirectory' && other.before > number) {
      if (change.op === 'rename' && (other.id === change.from || other.id === change.to))
        return true;
      if ((change.op === 'create' || change.op === 'remove') && other.id === change.directory) {
        return true;
      }
    }
  }
  return false;
}

function indexNodes(node: Node, byId: Map<number, Node>): Map<number, Node> {
  byId.set(node.id, node);
  if (node.kind === 'directory') for (const child of node.entries.values()) indexNodes(child, byId);
  return byId;
}

/** Replays changes; one whose file or name was dropped earlier has no effect. */
function replay(
  base: DirectoryNode,
  changes: readonly Change[],
  fateOf: (number: number) => Fate,
): MemoryFileSystem {
  const byId = indexNodes(base, new Map());
  const entriesOf = (id: number): Map<string, Node> => {
    const node = byId.get(id);
    return node?.kind === 'directory' ? node.entries : new Map<string, Node>();
  };
  changes.forEach((change, number) => {
    const fate = fateOf(number);
    if (change.op === 'create') {
      const node = newNode(change.kind, change.id);
      byId.set(change.id, node);
      if (fate !== 'drop') entriesOf(change.directory).set(change.name, node);
    } else if (fate === 'drop') {
      return;
    } else if (change.op === 'write') {
      const node = byId.get(change.id);
      const bytes = fate === 'keep' ? change.bytes : fate.bytes;
      if (node?.kind === 'file') writeInto(node, bytes, change.position);
    } else if (change.op === 'rename') {
      const node = entriesOf(change.from).get(change.fromName);
      if (node === undefined) return;
      entriesOf(change.from).delete(change.fromName);
      entriesOf(change.to).set(change.toName, node);
    } else if (change.op === 'remove') {
      entriesOf(change.directory).delete(change.name);
    }
  });
  return new MemoryFileSystem(base);
}

/** The write, with the part from `keptBytes` on lost in one of the ways disks lose it. */
function tornWrites(change: Extract<Change, { op: 'write' }>): Map<string, Fate> {
  const fates = new Map<string, Fate>();
  const firstBoundary = 512 - (change.position % 512);
  for (let kept = firstBoundary; kept < change.bytes.length; kept += 512) {
    fates.set(`kept ${kept}, rest missing`, { bytes: change.bytes.slice(0, kept) });
    const zeroed = change.bytes.slice().fill(0, kept);
    fates.set(`kept ${kept}, rest zero`, { bytes: zeroed });
    const garbage = change.bytes.map((byte, i) => (i < kept ? byte : (byte ^ 0x5a) & 0xff));
    fates.set(`kept ${kept}, rest garbage`, { bytes: garbage });
    const headless = change.bytes.slice().fill(0, 0, kept);
    fates.set(`first ${kept} zero`, { bytes: headless });
  }
  fates.set('all zero', { bytes: new Uint8Array(change.bytes.length) });
  return fates;
}

/** Every state that a power cut after `length` changes may leave, as far as the model goes. */
export function* crashStates(
  fileSystem: MemoryFileSystem,
  length: number,
): Generator<CrashState, void> {
  const prefix = fileSystem.changes.slice(0, length);
  const notes = prefix.flatMap((change) => (change.op === 'note' ? [change.note] : []));
  const isLoseable = (change: Change, number: number): boolean =>
    ['write', 'create', 'rename', 'remove'].includes(change.op) &&
    !isCovered(change, number, prefix);
  const loseable = prefix.flatMap((change, number) => (isLoseable(change, number) ? [number] : []));
  const lost = new Set(loseable);
  const state = (label: string, fateOf: (number: number) => Fate): CrashState => ({
    label: `after ${length} changes: ${label}`,
    fileSystem: replay(fileSystem.baseCopy(), prefix, fateOf),
    notes,
  });
  yield state('nothing lost', () => 'keep');
  if (loseable.length === 0) return;
  yield state('all unsynced lost', (number) => (lost.has(number) ? 'drop' : 'keep'));
  const isWrite = (number: number): boolean => prefix[number]?.op === 'write';
  yield state('unsynced data lost', (number) =>
    lost.has(number) && isWrite(number) ? 'drop' : 'keep',
  );
  yield state('unsynced names lost', (number) =>
    lost.has(number) && !isWrite(number) ? 'drop' : 'keep',
  );
  for (const single of loseable) {
    yield state(`change ${single} lost`, (number) => (number === single ? 'drop' : 'keep'));
  }
  const lastWrite = loseable.findLast(isWrite);
  const change = lastWrite === undefined ? undefined : prefix[lastWrite];
  if (change?.op !== 'write') return;
  for (const [label, fate] of tornWrites(change)) {
    yield state(`change ${lastWrite}: ${label}`, (number) =>
      number === lastWrite ? fate : 'keep',
    );
  }
}
