/**
 * Damage that knows the grammar: numbers at their edges and in forms that are not allowed, kinds
 * exchanged, lengths and counts that lie, text that is no text, fields taken out, doubled and put
 * in from elsewhere, one body inside another; and damage that knows nothing.
 */

import type { Prng } from '../../src/core/simulator/prng.js';
import type { ByteEditor } from './byte-editor.js';
import type { Sample } from './corpus.js';
import type { Field, FieldKind } from './field-spans.js';

/** Little-endian base 128, as the wire has it. */
function uintBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

const NUMBERS = [
  0,
  1,
  2,
  3,
  9,
  10,
  127,
  128,
  255,
  256,
  1_000,
  1_024,
  1_025,
  16_383,
  16_384,
  65_535,
  65_536,
  2 ** 20,
  2 ** 20 + 1,
  2 ** 21,
  2 ** 24,
  2 ** 31,
  2 ** 32,
  2 ** 49,
  2 ** 52,
  2 ** 53 - 1,
].map(uintBytes);
/** Too long, above 2^53 - 1, without an end. */
const BAD_NUMBERS = [
  [0x80, 0],
  [0xff, 0x80, 0],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x10],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x80],
].map((bytes) => Uint8Array.from(bytes));
/** Not UTF-8: a lone byte, overlong, a surrogate, above U+10FFFF, cut short. */
const BAD_TEXTS = [
  [0x80],
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2],
].map((bytes) => Uint8Array.from(bytes));
const EDGES = [0, 1, 0x7f, 0x80, 0xff];
const NOTHING = new Uint8Array(0);
const MAX_KIND = 20;

type Damage = (editor: ByteEditor, sample: Sample, random: Prng, donor: Sample) => void;

function pickField(sample: Sample, random: Prng, kind?: FieldKind): Field | undefined {
  const { fields } = sample;
  const start = random.int(0, Math.max(fields.length - 1, 0));
  for (let i = 0; i < fields.length; i++) {
    const field = fields[(start + i) % fields.length]!;
    if (kind === undefined || field.kind === kind) return field;
  }
  return undefined;
}

function putInto(kind: FieldKind, choices: readonly Uint8Array[]): Damage {
  return (editor, sample, random) => {
    const field = pickField(sample, random, kind);
    if (field !== undefined) editor.replace(field.from, field.to, random.pick(choices));
  };
}

const spoilText: Damage = (editor, sample, random) => {
  const field = pickField(sample, random, 'text');
  if (field === undefined || field.to === field.from) return;
  const bad = random.pick(BAD_TEXTS);
  const at = random.int(field.from, field.to - 1);
  // The length stays true, where it can.
  editor.replace(at, Math.min(at + bad.length, field.to), bad);
};

const exchangeKind: Damage = (editor, sample, random) => {
  const field = pickField(sample, random, 'u8');
  if (field !== undefined) editor.set(field.from, random.int(0, MAX_KIND));
};

const moveNumber: Damage = (editor, sample, random) => {
  const field = pickField(sample, random, 'uint');
  if (field === undefined) return;
  editor.set(field.from, (editor.at(field.from) + random.pick([1, 0xff, 2, 0xfe])) & 0xff);
};

const removeField: Damage = (editor, sample, random) => {
  const field = pickField(sample, random);
  if (field !== undefined) editor.replace(field.from, field.to, NOTHING);
};

const doubleField: Damage = (editor, sample, random) => {
  const field = pickField(sample, random);
  if (field !== undefined) editor.replace(field.to, field.to, sample.body, field.from, field.to);
};

const foreignField: Damage = (editor, sample, random, donor) => {
  const field = pickField(sample, random);
  const other = pickField(donor, random, field?.kind);
  if (field === undefined || other === undefined) return;
  editor.replace(field.from, field.to, donor.body, other.from, other.to);
};

const foreignTail: Damage = (editor, sample, random, donor) => {
  const field = pickField(sample, random);
  const other = pickField(donor, random);
  if (field === undefined || other === undefined) return;
  editor.replace(field.from, editor.sizeBytes, donor.body, other.from);
};

const nest: Damage = (editor, sample, random, donor) => {
  const field = pickField(sample, random);
  if (field !== undefined) editor.replace(field.from, field.from, donor.body);
};

const cutAtField: Damage = (editor, sample, random) => {
  const field = pickField(sample, random);
  if (field !== undefined) editor.cut(field.from);
};

function anywhere(editor: ByteEditor, random: Prng): number {
  return random.int(0, Math.max(editor.sizeBytes - 1, 0));
}

/** These need no fields: they may follow any other damage. */
const BLIND: readonly Damage[] = [
  (editor, _sample, random) => {
    const at = anywhere(editor, random);
    editor.set(at, editor.at(at) ^ (1 << random.int(0, 7)));
  },
  (editor, _sample, random) => editor.set(anywhere(editor, random), random.pick(EDGES)),
  (editor, _sample, random) => editor.set(anywhere(editor, random), random.int(0, 255)),
  (editor, _sample, random) => editor.cut(anywhere(editor, random)),
  (editor, _sample, random, donor) => {
    const from = random.int(0, Math.max(donor.body.length - 1, 0));
    editor.replace(editor.sizeBytes, editor.sizeBytes, donor.body, from);
  },
];

const AWARE: readonly Damage[] = [
  putInto('uint', NUMBERS),
  putInto('uint', BAD_NUMBERS),
  spoilText,
  exchangeKind,
  moveNumber,
  removeField,
  doubleField,
  foreignField,
  foreignTail,
  nest,
  cutAtField,
];

/** Loads `sample` and damages it once by its grammar or blindly, and sometimes blindly again. */
export function mutate(
  editor: ByteEditor,
  sample: Sample,
  random: Prng,
  corpus: readonly Sample[],
): void {
  editor.load(sample.body);
  const donor = random.pick(corpus);
  random.pick(random.chance(0.75) ? AWARE : BLIND)(editor, sample, random, donor);
  while (random.chance(0.2)) random.pick(BLIND)(editor, sample, random, donor);
}

export function noise(editor: ByteEditor, random: Prng, maxBytes: number): void {
  editor.load(NOTHING);
  const word = new Uint8Array(4);
  const view = new DataView(word.buffer);
  for (let left = random.int(0, maxBytes); left > 0; left -= 4) {
    view.setUint32(0, random.next());
    editor.replace(editor.sizeBytes, editor.sizeBytes, word, 0, Math.min(left, 4));
  }
}
