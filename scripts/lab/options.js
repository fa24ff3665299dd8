/**
 * Flags of the scripts: numbers and switches, with an error for what is not known.
 */

import { parseArgs } from 'node:util';

/**
 * @param {Record<string, number | string | boolean>} defaults
 * @returns {Record<string, any>} the same keys, with what was typed
 */
export function readOptions(defaults) {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      name,
      { type: typeof value === 'boolean' ? 'boolean' : 'string' },
    ]),
  );
  const { values } = parseArgs({ options });
  const chosen = { ...defaults };
  for (const [name, text] of Object.entries(values)) {
    if (typeof defaults[name] !== 'number') chosen[name] = text;
    else if (/^\d+$/.test(text)) chosen[name] = Number(text);
    else throw new Error(`--${name} ${text}: a whole number is wanted`);
  }
  return chosen;
}
