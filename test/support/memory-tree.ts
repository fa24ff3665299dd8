/**
 * The files and directories of a file system in memory, and the record of what changed in them.
 *
 * Plain data: the file system changes it, the power-loss model replays it. Every node has an id
 * that never changes, so that a record says which file it means whatever its name is by then.
 */

export interface FileNode {
  readonly kind: 'file';
  readonly id: number;
  /** Never changed in place while it is shared: see `ownBytes`. */
  bytes: Uint8Array;
  isShared: boolean;
}
export interface DirectoryNode {
  readonly kind: 'directory';
  readonly id: number;
  mode: number;
  readonly entries: Map<string, Node>;
}
export type Node = FileNode | DirectoryNode;

export type NameChange =
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
      readonly id: number;
    }
  | {
      readonly op: 'remove';
      readonly directory: number;
      readonly name: string;
      readonly id: number;
    };

export type Change =
  | {
      readonly op: 'write';
      readonly id: number;
      readonly position: number;
      readonly bytes: Uint8Array;
    }
  | NameChange
  /** Covers the writes to the file before change number `before`. */
  | { readonly op: 'sync'; readonly id: number; readonly before: number }
  /** The pages were dropped as clean: no later sync covers what was written before it. */
  | { readonly op: 'syncFailed'; readonly id: number }
  | { readonly op: 'syncDirectory'; readonly id: number; readonly before: number }
  /** What the workload knew at this point: an acknowledgement, for example. */
  | { readonly op: 'note'; readonly note: unknown };

export function emptyRoot(): DirectoryNode {
  return { kind: 'directory', id: 1, mode: 0o700, entries: new Map() };
}

/** A file with bytes that others may hold too. */
export function newFile(id: number, bytes: Uint8Array): FileNode {
  return { kind: 'file', id, bytes, isShared: true };
}

export function newNode(kind: Node['kind'], id: number): Node {
  if (kind === 'file') return newFile(id, new Uint8Array(0));
  return { kind, id, mode: 0o700, entries: new Map() };
}

export function cloneDirectory(node: DirectoryNode): DirectoryNode {
  const entries = new Map([...node.entries].map(([name, child]) => [name, cloneNode(child)]));
  return { ...node, entries };
}

function cloneNode(node: Node): Node {
  if (node.kind === 'directory') return cloneDirectory(node);
  node.isShared = true;
  return newFile(node.id, node.bytes);
}

/** The bytes, for changing them in place. */
export function ownBytes(node: FileNode): Uint8Array {
  if (node.isShared) node.bytes = node.bytes.slice();
  node.isShared = false;
  return node.bytes;
}

export function indexNodes(
  node: Node,
  byId: Map<number, Node> = new Map<number, Node>(),
): Map<number, Node> {
  byId.set(node.id, node);
  if (node.kind === 'directory') for (const child of node.entries.values()) indexNodes(child, byId);
  return byId;
}

export function writeInto(node: FileNode, bytes: Uint8Array, position: number): void {
  const end = position + bytes.length;
  if (end > node.bytes.length) {
    const grown = new Uint8Array(end);
    grown.set(node.bytes);
    node.bytes = grown;
    node.isShared = false;
  }
  ownBytes(node).set(bytes, position);
}

/** What a change does where every earlier one took effect. */
export function applyChange(byId: Map<number, Node>, change: Change): void {
  const entriesOf = (id: number): Map<string, Node> => {
    const node = byId.get(id);
    if (node?.kind !== 'directory') throw new Error(`node ${id} is no directory`);
    return node.entries;
  };
  const node = 'id' in change ? byId.get(change.id) : undefined;
  switch (change.op) {
    case 'write':
      if (node?.kind === 'file') writeInto(node, change.bytes, change.position);
      return;
    case 'create': {
      const created = newNode(change.kind, change.id);
      byId.set(change.id, created);
      entriesOf(change.directory).set(change.name, created);
      return;
    }
    case 'rename':
      entriesOf(change.from).delete(change.fromName);
      entriesOf(change.to).set(change.toName, node!);
      return;
    case 'remove':
      entriesOf(change.directory).delete(change.name);
      return;
    default:
    // Syncs change no bytes and no names.
  }
}
