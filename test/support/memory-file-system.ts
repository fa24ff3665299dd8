/**
 * A file system in memory: every change is recorded, every call can fail, nothing is ever lost.
 *
 * What a power cut leaves of it is worked out from the record (power-loss.ts). A sync covers what
 * was written before it was *called*. Completion of writes and syncs is in the hands of the test.
 */

import type { FileHandle, FileStatus, FileSystem } from '../../src/core/platform/ports.js';
import { fileSystemError, type Call } from './disk-faults.js';
import {
  applyChange,
  cloneDirectory,
  emptyRoot,
  indexNodes,
  newFile,
  newNode,
  ownBytes,
  writeInto,
  type Change,
  type DirectoryNode,
  type FileNode,
  type Node,
} from './memory-tree.js';

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
    this.#base = cloneDirectory(root);
    this.#nextId = Math.max(...indexNodes(root).keys()) + 1;
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
    const ends = { from: fromParent.id, fromName, to: toParent.id, toName };
    this.changes.push({ op: 'rename', ...ends, id: node.id });
  }

  remove(path: string): void {
    this.#call('remove', path);
    const [parent, name] = this.#parent(path);
    const node = parent.entries.get(name);
    if (node === undefined) throw fileSystemError('ENOENT', path);
    if (node.kind === 'directory' && node.entries.size > 0)
      throw fileSystemError('ENOTEMPTY', path);
    parent.entries.delete(name);
    this.changes.push({ op: 'remove', directory: parent.id, name, id: node.id });
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

  /** The process died: what it waited for never ends. */
  forgetWaiting(): void {
    this.#waiting.length = 0;
  }

  note(note: unknown): void {
    this.changes.push({ op: 'note', note });
  }

  /** The bytes themselves: what a test changes here was damaged at rest. */
  bytesOf(path: string): Uint8Array {
    const node = this.#find(path);
    if (node?.kind !== 'file') throw fileSystemError('ENOENT', path);
    return ownBytes(node);
  }

  setBytes(path: string, bytes: Uint8Array): void {
    const [parent, name] = this.#parent(path);
    const node = parent.entries.get(name);
    if (node?.kind === 'file') Object.assign(node, { bytes, isShared: true });
    else parent.entries.set(name, newFile(this.#nextId++, bytes));
  }

  /** Like `status`, but no call: it cannot fail. */
  identityOf(path: string): string {
    return `mem:${this.#find(path)?.id ?? 'none'}`;
  }

  setMode(path: string, mode: number): void {
    this.#directory(path).mode = mode;
  }

  /** Another file system with the same contents, everything durable. */
  copy(): MemoryFileSystem {
    return new MemoryFileSystem(cloneDirectory(this.#root));
  }

  /**
   * What the next process finds where this one was killed after `length` changes: everything that
   * was written, none of it safer than it was. Of a write under way a part may have arrived.
   */
  killedAfter(length: number, partBytes = 0): MemoryFileSystem {
    const next = new MemoryFileSystem(this.baseCopy());
    const byId = indexNodes(next.#root);
    const changes = this.changes.slice(0, length);
    const cut = this.changes[length];
    if (cut?.op === 'write' && partBytes > 0) {
      changes.push({ ...cut, bytes: cut.bytes.slice(0, partBytes) });
    }
    next.changes.push(...changes);
    for (const change of changes) applyChange(byId, change);
    next.#nextId = this.#nextId;
    return next;
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
    return cloneDirectory(this.#base);
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
