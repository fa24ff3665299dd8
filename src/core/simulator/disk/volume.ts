/**
 * The tree of one disk, and what can be done to it: no latency, no fault, no process.
 *
 * It throws what the real file system throws. Names and bytes changed here are seen at once and
 * durable only after a sync of the directory or the file.
 */

import type { FileStatus } from '../../platform/ports.js';
import {
  changeName,
  directoryNode,
  fileNode,
  type DirectoryNode,
  type FileNode,
  type Node,
} from './directory.js';
import { diskError } from './disk-error.js';
import { SectorFile } from './sectors.js';

const ROOT_ID = 1;

interface Place {
  readonly directory: DirectoryNode;
  readonly name: string;
}

export class Volume {
  readonly root: DirectoryNode;
  #lastId: number;
  #lastChange = 0;
  #usedBytes = 0;

  constructor(root = directoryNode(ROOT_ID), lastId = ROOT_ID) {
    this.root = root;
    this.#lastId = lastId;
    this.recount();
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Changes of names made until now: what a directory sync that begins now covers. */
  get lastChange(): number {
    return this.#lastChange;
  }

  find(path: string, action: string): Node | undefined {
    let node: Node | undefined = this.root;
    let from = 1;
    while (from < path.length && node !== undefined) {
      const slash = path.indexOf('/', from);
      const end = slash < 0 ? path.length : slash;
      if (node.kind === 'file') throw diskError('ENOTDIR', action, path);
      if (end > from) node = node.entries.get(path.slice(from, end));
      from = end + 1;
    }
    return node;
  }

  file(path: string, action: string): FileNode {
    const node = this.find(path, action);
    if (node === undefined) throw diskError('ENOENT', action, path);
    if (node.kind === 'directory') throw diskError('EISDIR', action, path);
    return node;
  }

  directory(path: string, action: string): DirectoryNode {
    const node = this.find(path, action);
    if (node === undefined) throw diskError('ENOENT', action, path);
    if (node.kind === 'file') throw diskError('ENOTDIR', action, path);
    return node;
  }

  status(path: string): FileStatus | undefined {
    const node = this.find(path, 'stat');
    if (node === undefined) return undefined;
    return {
      kind: node.kind,
      sizeBytes: node.kind === 'file' ? node.contents.sizeBytes : 0,
      mode: node.kind === 'file' ? 0o600 : 0o700,
      identity: `simulated:${node.id}`,
    };
  }

  createFile(path: string): FileNode {
    const node = fileNode((this.#lastId += 1));
    this.#createNode(path, 'open', node);
    return node;
  }

  makeDirectory(path: string): void {
    this.#createNode(path, 'mkdir', directoryNode((this.#lastId += 1)));
  }

  rename(from: string, to: string): void {
    const source = this.#place(from, 'rename');
    const goal = this.#place(to, 'rename');
    const node = source.directory.entries.get(source.name);
    const target = goal.directory.entries.get(goal.name);
    if (node === undefined) throw diskError('ENOENT', 'rename', from);
    if (to.startsWith(`${from}/`)) throw diskError('EINVAL', 'rename', from);
    if (from.startsWith(`${to}/`)) throw diskError('ENOTEMPTY', 'rename', to);
    if (node === target) return;
    if (node.kind === 'directory') {
      if (target?.kind === 'file') throw diskError('ENOTDIR', 'rename', to);
      if (target !== undefined && target.entries.size > 0) {
        throw diskError('ENOTEMPTY', 'rename', to);
      }
    } else if (target?.kind === 'directory') {
      throw diskError('EISDIR', 'rename', to);
    }
    const added = this.#change(goal, node);
    changeName(source.directory, (this.#lastChange += 1), {
      name: source.name,
      node: undefined,
      target: added,
    });
    this.#released(target);
  }

  remove(path: string): void {
    const place = this.#place(path, 'unlink');
    const node = place.directory.entries.get(place.name);
    if (node === undefined) throw diskError('ENOENT', 'unlink', path);
    if (node.kind === 'directory' && node.entries.size > 0) {
      throw diskError('ENOTEMPTY', 'rmdir', path);
    }
    this.#change(place, undefined);
    this.#released(node);
  }

  write({ contents, links }: FileNode, bytes: Uint8Array, position: number): void {
    const before = contents.sizeBytes;
    contents.write(bytes, position);
    if (links > 0) this.#usedBytes += contents.sizeBytes - before;
  }

  /** Counts links and bytes anew, after a power cut has changed the tree. */
  recount(): void {
    this.#usedBytes = 0;
    const seen = new Set<Node>();
    visit(this.root, '', (node) => {
      if (node.kind === 'directory') return;
      if (!seen.has(node)) {
        seen.add(node);
        node.links = 0;
        this.#usedBytes += node.contents.sizeBytes;
      }
      node.links += 1;
    });
  }

  /** Another volume, with what is durable and nothing else. */
  durableCopy(): Volume {
    const copies = new Map<Node, Node>();
    const copyOf = (node: Node): Node => {
      const made = copies.get(node);
      if (made !== undefined) return made;
      if (node.kind === 'file') {
        const copy = fileNode(node.id, SectorFile.holding(node.contents.durableBytes()));
        copies.set(node, copy);
        return copy;
      }
      const copy = directoryNode(node.id);
      copies.set(node, copy);
      for (const [name, child] of node.durable) {
        const childCopy = copyOf(child);
        copy.entries.set(name, childCopy);
        copy.durable.set(name, childCopy);
      }
      return copy;
    };
    return new Volume(copyOf(this.root) as DirectoryNode, this.#lastId);
  }

  #createNode(path: string, action: string, node: Node): void {
    const place = this.#place(path, action);
    if (place.directory.entries.has(place.name)) throw diskError('EEXIST', action, path);
    this.#change(place, node);
  }

  #change({ directory, name }: Place, node: Node | undefined): ReturnType<typeof changeName> {
    return changeName(directory, (this.#lastChange += 1), { name, node, target: undefined });
  }

  #released(node: Node | undefined): void {
    if (node?.kind === 'file' && node.links === 0) this.#usedBytes -= node.contents.sizeBytes;
  }

  #place(path: string, action: string): Place {
    const trimmed = path.replace(/\/+$/, '');
    const slash = trimmed.lastIndexOf('/');
    if (slash < 0 || slash === trimmed.length - 1) throw diskError('EINVAL', action, path);
    const directory = this.directory(trimmed.slice(0, slash), action);
    return { directory, name: trimmed.slice(slash + 1) };
  }
}

/** Calls back for everything below `directory` under the names that a process sees. */
export function visit(
  directory: DirectoryNode,
  path: string,
  found: (node: Node, path: string) => void,
): void {
  for (const [name, node] of directory.entries) {
    const nodePath = `${path}/${name}`;
    found(node, nodePath);
    if (node.kind === 'directory') visit(node, nodePath, found);
  }
}
