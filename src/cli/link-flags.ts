/**
 * Arguments and flags of the commands that break links.
 */

import { string } from '@oclif/core/args';
import { boolean, custom } from '@oclif/core/flags';
import { parseByteRate } from './byte-rate.js';
import { durationFlag } from './flags.js';
import { parsePercent } from './percent.js';

/** The argument LINK…, as many as are typed. */
export function linksArgument(options: { readonly isRequired: boolean; readonly meaning: string }) {
  const description = `${options.meaning}: 1-3, '1>3' for one direction, leader-2, 1,2-followers`;
  return string({ description, required: options.isRequired, multiple: true, ignoreStdin: true });
}

export function faultDurationFlag() {
  return durationFlag({ description: 'healed by itself after this time' });
}

export function resetFlag() {
  return boolean({ description: 'close the connections too, so that the nodes notice at once' });
}

export const percentFlag = custom<number>({
  helpValue: '5%',
  parse: async (text) => await Promise.resolve(parsePercent(text)),
});

export const byteRateFlag = custom<number>({
  helpValue: '100KiB',
  parse: async (text) => await Promise.resolve(parseByteRate(text)),
});
