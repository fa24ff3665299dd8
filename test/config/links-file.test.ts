/** `run/links.json`: round trip, and any bytes at all. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeLinksFile, readLinksFile } from '../../src/core/config/index.js';
import { NO_LINKS, parseLinksFile, type LinksFile } from '../../src/core/config/links-file.js';
import { CUT, NO_FAULT } from '../../src/core/wire/link-fault.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';

const direction = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => ({ from, to }));
const probability = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0);
const delay = fc.integer({ min: 0, max: 86_400_000 });
const fault = fc.record({
  isCut: fc.boolean(),
  delayMs: delay,
  jitterMs: delay,
  dropProbability: probability,
  duplicateProbability: probability,
  reorderProbability: probability,
  bytesPerSecond: fc.option(fc.integer({ min: 1 }), { nil: undefined }),
});
const directedFault = fc
  .tuple(direction, fault, fc.option(fc.nat(), { nil: undefined }))
  .map(([pids, broken, expiresAtEpochMs]) => ({ ...pids, fault: broken, expiresAtEpochMs }));
const reset = fc
  .tuple(direction, fc.integer({ min: 1 }))
  .map(([pids, count]) => ({ ...pids, count }));
const selector = ({ from, to }: { readonly from: number; readonly to: number }) => `${from}>${to}`;
const linksFile: fc.Arbitrary<LinksFile> = fc.record({
  faults: fc.uniqueArray(directedFault, { selector }),
  resets: fc.uniqueArray(reset, { selector }),
});

function parse(value: unknown): LinksFile {
  return parseLinksFile(new TextEncoder().encode(JSON.stringify(value)));
}

describe('run/links.json', () => {
  it('reads as what was written', () => {
    fc.assert(
      fc.property(linksFile, (file) => {
        expect(parseLinksFile(encodeLinksFile(file))).toEqual(file);
      }),
    );
  });

  it('shows a person what is wrong, and nothing else', () => {
    const file = {
      faults: [{ from: 1, to: 3, fault: CUT, expiresAtEpochMs: undefined }],
      resets: [],
    };
    const text = new TextDecoder().decode(encodeLinksFile(file));
    expect(JSON.parse(text)).toEqual({ faults: [{ from: 1, to: 3, isCut: true }], resets: [] });
    expect(text).toMatch(/\n$/);
  });

  it('reads as empty where somebody damaged it: any bytes give a value', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.json(), (bytes, json) => {
        expect(parseLinksFile(bytes).faults).toEqual([]);
        expect(parseLinksFile(new TextEncoder().encode(json)).faults).toEqual([]);
      }),
    );
    fc.assert(
      fc.property(linksFile, fc.nat(), fc.integer({ min: 1, max: 255 }), (file, at, bits) => {
        const bytes = encodeLinksFile(file);
        bytes[at % bytes.length]! ^= bits;
        parseLinksFile(bytes);
      }),
    );
  });

  it.each([
    ['a node 0', { from: 0, to: 1 }],
    ['a node that is no whole number', { from: 1.5, to: 2 }],
    ['a link of a node with itself', { from: 2, to: 2 }],
    ['text for a number', { from: 1, to: 2, delayMs: '5' }],
    ['a negative delay', { from: 1, to: 2, delayMs: -1 }],
    ['a delay of more than a day', { from: 1, to: 2, jitterMs: 86_400_001 }],
    ['a probability over 1', { from: 1, to: 2, dropProbability: 1.01 }],
    ['a rate of nothing', { from: 1, to: 2, bytesPerSecond: 0 }],
    ['a cut that is neither true nor false', { from: 1, to: 2, isCut: 1 }],
    ['half a millisecond of time', { from: 1, to: 2, expiresAtEpochMs: 0.5 }],
  ])('%s is damage, and damage leaves nothing', (_what, fault) => {
    const good = { from: 3, to: 4, isCut: true };
    expect(parse({ faults: [good] }).faults).toHaveLength(1);
    expect(parse({ faults: [good, fault] })).toEqual(NO_LINKS);
  });

  it('a direction stands in it once', () => {
    const twice = { from: 1, to: 2, isCut: true };
    expect(parse({ faults: [twice, twice] })).toEqual(NO_LINKS);
    expect(parse({ resets: [{ from: 1, to: 2, count: 0 }] })).toEqual(NO_LINKS);
  });

  it('what it does not say is as it is without a fault', () => {
    expect(parse({ faults: [{ from: 1, to: 2, delayMs: 5 }] }).faults).toEqual([
      { from: 1, to: 2, fault: { ...NO_FAULT, delayMs: 5 }, expiresAtEpochMs: undefined },
    ]);
  });

  it('is empty where there is none; a disk that fails is told', () => {
    const fileSystem = new MemoryFileSystem();
    expect(readLinksFile({ fileSystem, path: '/links.json' })).toEqual(NO_LINKS);
    fileSystem.fault = () => 'EIO';
    expect(() => readLinksFile({ fileSystem, path: '/links.json' })).toThrow(/EIO/);
  });
});
