/** The options of a script: whole numbers from 0, lists, and --json. */

import { parseArgs } from 'node:util';

export interface BenchArguments {
  count(name: string): number;
  list(name: string): readonly string[];
  readonly isJson: boolean;
}

/** `defaults` names every option there is; --json is always one. */
export function readArguments(defaults: Readonly<Record<string, string>>): BenchArguments {
  const described = Object.entries(defaults).map(([name, value]) => {
    return [name, { type: 'string', default: value }] as const;
  });
  const { values } = parseArgs({
    options: { ...Object.fromEntries(described), json: { type: 'boolean', default: false } },
  });
  const texts: Readonly<Record<string, unknown>> = values;
  const textOf = (name: string): string => String(texts[name]);
  return {
    isJson: values.json,
    count: (name) => {
      const count = Number(textOf(name));
      if (Number.isSafeInteger(count) && count >= 0) return count;
      throw new Error(`--${name} ${textOf(name)}: it is a whole number`);
    },
    list: (name) => [...new Set(textOf(name).split(','))].filter((word) => word !== ''),
  };
}
