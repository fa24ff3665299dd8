/** Percentages, rates and the flags of `link`. */

import { describe, expect, it } from 'vitest';

import { formatByteRate, parseByteRate } from '../../src/cli/byte-rate.js';
import { shapeOf } from '../../src/cli/link-shape.js';
import { formatPercent, parsePercent } from '../../src/cli/percent.js';

describe('a percentage', () => {
  it.each([
    ['0%', 0],
    ['5%', 0.05],
    ['0.5%', 0.005],
    ['100%', 1],
    ['100.0%', 1],
  ])('%s is a share', (text, share) => {
    expect(parsePercent(text)).toBeCloseTo(share, 12);
  });

  it.each(['', '%', '-1%', '5 %', '5%%', '1e1%', '.5%', 'five%', 'NaN%', '５%', ' 5%'])(
    '%j is none',
    (text) => {
      expect(() => parsePercent(text)).toThrow(/is no percentage; write 5% or 0.5%/);
    },
  );

  it('over 100 is too much, and a bare number is no guess', () => {
    for (const text of ['101%', '100.001%', '999999999%']) {
      expect(() => parsePercent(text)).toThrow(/is too much: 100% is all of them/);
    }
    expect(() => parsePercent('5')).toThrow(
      expect.objectContaining({ code: 'OMNIKV_USAGE', suggestions: ['write 5%'] }),
    );
  });

  it('reads without the noise of binary fractions', () => {
    expect(formatPercent(0.07)).toBe('7 %');
    expect(formatPercent(0.005)).toBe('0.5 %');
    expect(formatPercent(1)).toBe('100 %');
  });
});

describe('a rate', () => {
  it.each([
    ['1B', 1],
    ['100KiB', 102_400],
    ['100KiB/s', 102_400],
    ['10KB', 10_000],
    ['1.5MiB', 1_572_864],
    ['100GiB', 107_374_182_400],
  ])('%s is bytes a second', (text, rate) => {
    expect(parseByteRate(text)).toBe(rate);
  });

  it.each(['', '0B', '0.1B', '100', '100kib', '1TiB', '101GiB', '-1KiB', '1 KiB', '1e3B', 'B'])(
    '%j is none',
    (text) => {
      expect(() => parseByteRate(text)).toThrow(
        expect.objectContaining({ code: 'OMNIKV_USAGE', exit: 64 }),
      );
    },
  );

  it('reads in the largest unit that fits', () => {
    expect(formatByteRate(512)).toBe('512 B/s');
    expect(formatByteRate(102_400)).toBe('100 KiB/s');
    expect(formatByteRate(1_572_864)).toBe('1.5 MiB/s');
  });
});

describe('the flags of link', () => {
  it('what is not given is as on a whole link', () => {
    expect(shapeOf({ delay: 50, drop: 0.05 })).toEqual({
      delayMs: 50,
      jitterMs: 0,
      dropProbability: 0.05,
      duplicateProbability: 0,
      reorderProbability: 0,
      bytesPerSecond: undefined,
    });
    expect(shapeOf({ rate: 100 }).bytesPerSecond).toBe(100);
  });

  it('none is refused, and so is a frame that arrives before it left', () => {
    expect(() => shapeOf({})).toThrow(/link needs at least one of --delay/);
    expect(() => shapeOf({ jitter: 10 })).toThrow(/--jitter of 10 ms is more than --delay of 0 ms/);
  });
});
