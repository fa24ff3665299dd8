/**
 * A flag that is a whole number from 1 to a bound.
 */

import { string } from '@oclif/core/flags';
import { OmnikvError } from '../core/errors.js';
import { parseWholeNumber } from './flags.js';

export interface CountLimits {
  readonly command: string;
  readonly name: string;
  readonly max: number;
  readonly typical: number;
}

/** A whole number of the flag `name`, from 1 to `max`. */
export function parseCount({ command, name, max, typical }: CountLimits) {
  return async (text: string) => {
    const count = parseWholeNumber(text);
    if (count >= 1 && count <= max) return await Promise.resolve(text);
    throw new OmnikvError('OMNIKV_USAGE', `--${name} ${text}: it is a number from 1 to ${max}`, {
      suggestions: [`omnikv ${command} --${name} ${typical}`],
    });
  };
}

export function countFlag(options: CountLimits & { readonly description: string }) {
  const { max, typical, description } = options;
  return string({
    description: `${description} (1 to ${max})`,
    default: String(typical),
    helpValue: 'N',
    parse: parseCount(options),
  });
}
