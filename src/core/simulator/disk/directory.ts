/**
 * Files and directories by name: what a process sees, and which names a power cut may take back.
 *
 * Every change of a name waits in `changes` until a sync of its directory covers it. A sync covers
 * the changes that were made before it was begun.
 */

import { SectorFile } from './sectors.js';

export interface FileNode {
  readonly kind: 'file';
  readonly id: number;
  readonly contents: SectorFile;
  /** Names under which it can be found. */
  links: number;
  /** D14: one write at a time. */
  isBeingWritten: boolean;
}

export interface DirectoryNode {
  readonly kind: 'directory';
  readonly id: number;
  readonly entries: Map<string, Node>;
  /** The names that a power cut cannot take. */
  readonly durable: Map<string, Node>;
  changes: NameChange[];
}

export type Node = FileNode | DirectoryNode;

export interface NameChange {
  readonly number: number;
  readonly name: string;
  /** What the name means from then on; undefined: nothing. */
  readonly node: Node | undefined;
  /** Of the old name of a rename: the new one. */
  readonly target: NameChange | undefined;
  /** Drawn at a power cut. */
  isKept: boolean | undefined;
}

export function fileNode(id: number, contents = new SectorFile()): FileNode {
  return { kind: 'file', id, contents, links: 0, isBeingWritten: false };
}

export function directoryNode(id: number): DirectoryNode {
  return { kind: 'directory', id, entries: new Map(), durable: new Map(), changes: [] };
}

/** Gives or takes a name; `number` counts all changes of the disk. */
export function changeName(
  directory: DirectoryNode,
  number: number,
  change: Pick<NameChange, 'name' | 'node' | 'target'>,
): NameChange {
  const { name, node } = change;
  const before = directory.entries.get(name);
  if (before?.kind === 'file') before.links -= 1;
  if (node?.kind === 'file') node.links += 1;
  setName(directory.entries, name, node);
  const made = { ...change, number, isKept: undefined };
  directory.changes.push(made);
  return made;
}

/**
 * Makes the changes up to `number` durable. One that failed leaves them as they were: names are in
 * the journal, and unlike a page of a file they wait for the next sync.
 */
export function endDirectorySync(directory: DirectoryNode, number: number): void {
  if (directory.changes.length === 0) return;
  for (const change of directory.changes) {
    if (change.number <= number) setName(directory.durable, change.name, change.node);
  }
  directory.changes = directory.changes.filter((change) => change.number > number);
}

export function setName(names: Map<string, Node>, name: string, node: Node | undefined): void {
  if (node === undefined) names.delete(name);
  else names.set(name, node);
}
