/**
 * Which combinations of fates are tried at a point of a record, and every point of a record.
 *
 * At each point: nothing lost, all lost, only data, only names; every unit alone lost, torn,
 * garbled, and alone kept; pairs; and drawn mixtures. States that look the same on the disk and
 * have the same acknowledgements behind them count once.
 */

import { Prng } from '../../src/core/simulator/prng.js';
import { crc32 } from '../../src/core/wire/checksum.js';
import { MemoryFileSystem } from './memory-file-system.js';
import type { DirectoryNode } from './memory-tree.js';
import { PowerLossModel, type Fate, type Unit } from './power-loss.js';

export interface CrashState {
  readonly label: string;
  /** Changes of the record that had been made. */
  readonly length: number;
  readonly fileSystem: MemoryFileSystem;
  /** The notes taken before the crash. */
  readonly notes: readonly unknown[];
}

export interface CrashPlan {
  readonly seed: string;
  /** Per point of the record, at most. */
  readonly pairs: number;
  readonly mixtures: number;
  /** Points of the record: from here, every `step`th. */
  readonly from?: number;
  readonly step?: number;
  /** States that were gone through already, in another record of the same kind. */
  readonly seen?: Set<string>;
}

/** Every state that a power cut may leave, as far as the model and the plan go. */
export function* crashStates(
  fileSystem: MemoryFileSystem,
  plan: CrashPlan,
): Generator<CrashState, void> {
  const model = new PowerLossModel(fileSystem.baseCopy());
  const notes: unknown[] = [];
  const seen = plan.seen ?? new Set<string>();
  const { changes } = fileSystem;
  for (let length = 0; length <= changes.length; length++) {
    if (length > 0) {
      const change = changes[length - 1]!;
      model.advance(change);
      if (change.op === 'note') notes.push(change.note);
    }
    if (length < (plan.from ?? 0) || (length - (plan.from ?? 0)) % (plan.step ?? 1) !== 0) continue;
    for (const { label, fateOf } of choices(model.units(), length, plan)) {
      const image = model.image(fateOf);
      const key = `${JSON.stringify(notes.at(-1))} ${fingerprint(image)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      yield {
        label: `after ${length} changes: ${label}`,
        length,
        fileSystem: new MemoryFileSystem(image),
        notes: [...notes],
      };
    }
  }
}

/** The one state in which everything is lost that may be. */
export function worstCase(fileSystem: MemoryFileSystem): MemoryFileSystem {
  const model = new PowerLossModel(fileSystem.baseCopy());
  for (const change of fileSystem.changes) model.advance(change);
  return new MemoryFileSystem(model.image(() => 'lost'));
}

interface Choice {
  readonly label: string;
  readonly fateOf: (unit: Unit) => Fate;
}

function* choices(
  units: readonly Unit[],
  length: number,
  { seed, pairs, mixtures }: CrashPlan,
): Generator<Choice, void> {
  yield { label: 'nothing lost', fateOf: () => 'kept' };
  if (units.length === 0) return;
  yield { label: 'all lost', fateOf: () => 'lost' };
  yield { label: 'data lost', fateOf: ({ kind }) => (kind === 'sector' ? 'lost' : 'kept') };
  yield { label: 'names lost', fateOf: ({ kind }) => (kind === 'name' ? 'lost' : 'kept') };
  yield { label: 'sizes lost', fateOf: ({ kind }) => (kind === 'size' ? 'lost' : 'kept') };
  for (const unit of units) {
    for (const fate of fatesOf(unit)) yield only([unit], fate, 'kept');
    yield only([unit], 'kept', 'lost');
  }
  const prng = new Prng(`${seed}/${length}`);
  yield* pairsOf(units, pairs, prng);
  for (let i = 0; i < mixtures; i++) {
    const drawn = new Map(units.map((unit) => [nameOf(unit), drawFate(unit, prng)]));
    yield { label: `mixture ${i}`, fateOf: (unit) => drawn.get(nameOf(unit)) ?? 'kept' };
  }
}

/** Two lost together; all pairs where there are few, drawn ones where there are many. */
function* pairsOf(units: readonly Unit[], limit: number, prng: Prng): Generator<Choice, void> {
  const all = units.flatMap((unit, i) => units.slice(i + 1).map((other) => [unit, other]));
  const chosen = all.length <= limit ? all : prng.shuffle(all).slice(0, limit);
  for (const pair of chosen) yield only(pair, 'lost', 'kept');
}

function only(units: readonly Unit[], fate: Fate, others: Fate): Choice {
  const names = units.map(nameOf);
  return {
    label: `${names.join(' and ')} ${fate}, others ${others}`,
    fateOf: (unit) => (names.includes(nameOf(unit)) ? fate : others),
  };
}

function fatesOf(unit: Unit): readonly Fate[] {
  if (unit.kind === 'sector') return ['lost', 'tornHead', 'tornTail', 'garbage'];
  const isFileRename = unit.kind === 'name' && unit.change.op === 'rename' && unit.of === 'file';
  return isFileRename ? ['lost', 'bothNames'] : ['lost'];
}

function drawFate(unit: Unit, prng: Prng): Fate {
  return prng.chance(0.5) ? 'kept' : prng.pick(fatesOf(unit));
}

function nameOf(unit: Unit): string {
  switch (unit.kind) {
    case 'sector':
      return `sector ${unit.sector} of ${unit.file}`;
    case 'size':
      return `size of ${unit.file}`;
    case 'name': {
      const { change } = unit;
      const name = change.op === 'rename' ? `${change.fromName}>${change.toName}` : change.name;
      return `${change.op} ${name} (${change.id})`;
    }
  }
}

const checksums = new WeakMap<Uint8Array, number>();

/** Most files are the same bytes in most states. */
function checksum(bytes: Uint8Array): number {
  let known = checksums.get(bytes);
  if (known === undefined) checksums.set(bytes, (known = crc32(bytes)));
  return known;
}

function fingerprint(root: DirectoryNode): string {
  const parts: string[] = [];
  const visit = (directory: DirectoryNode, path: string): void => {
    for (const [name, child] of directory.entries) {
      if (child.kind === 'file') {
        parts.push(`${path}/${name} ${child.bytes.length} ${checksum(child.bytes)}`);
      } else {
        parts.push(`${path}/${name}/`);
        visit(child, `${path}/${name}`);
      }
    }
  };
  visit(root, '');
  return parts.sort().join('\n');
}
