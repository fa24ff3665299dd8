/**
 * What a verb answers when it was done: the same over the short path and over oclif.
 */

import type { Found, OperationReply, Value } from '../core/client/index.js';
import type { Output } from './output.js';
import { versionedToJson, writeValue } from './render-value.js';

type Reply<Kind extends OperationReply['kind']> = Extract<OperationReply, { kind: Kind }>;

export function answerGet(output: Output, key: string, found: Found): void {
  output.success({ key, value: versionedToJson(found) });
  writeValue(output, found.value);
}

export function answerPut(output: Output, key: string, { version }: Reply<'stored'>): void {
  output.success({ key, version });
}

export function answerDel(output: Output, { count }: Reply<'deleted'>): void {
  output.line(String(count));
  output.success({ count });
}

export function answerIncr(output: Output, key: string, reply: Reply<'number'>): void {
  output.line(reply.value.toString());
  const value = { kind: 'u64', value: reply.value } as const;
  output.success({ key, value: versionedToJson({ value, version: reply.version }) });
}

export function answerCas(
  output: Output,
  key: string,
  { replacement, reply }: { readonly replacement: Value; readonly reply: Reply<'swapped'> },
): void {
  writeValue(output, replacement);
  const value = versionedToJson({ value: replacement, version: reply.version });
  output.success({ key, value });
}
