/**
 * Reading JSON of unknown origin: what is missing, of another type or not known is an error.
 *
 * An unknown field is refused: a misspelt "return" would otherwise turn an answer into a doubt.
 */

export type JsonFields = Readonly<Record<string, unknown>>;

/** Thrown and caught inside the room. */
export class MalformedHistoryError extends Error {
  override readonly name = 'MalformedHistoryError';
}

export function refuse(reason: string): never {
  throw new MalformedHistoryError(reason);
}

/** The object, if it has no other fields than these. */
export function fieldsOf(json: unknown, what: string, known: readonly string[]): JsonFields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    refuse(`${what} is not a JSON object`);
  }
  const unknown = Object.keys(json).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    refuse(`${what} has an unknown field ${JSON.stringify(unknown)}; known: ${known.join(', ')}`);
  }
  return json as JsonFields;
}

export function textOf(json: unknown, what: string): string {
  return typeof json === 'string' ? json : refuse(`${what} is not a text`);
}

export function booleanOf(json: unknown, what: string): boolean {
  return typeof json === 'boolean' ? json : refuse(`${what} is neither true nor false`);
}

export function timeOf(json: unknown, what: string): number {
  return typeof json === 'number' && Number.isFinite(json)
    ? json
    : refuse(`${what} is not a number`);
}

export function wholeNumberOf(json: unknown, what: string): number {
  return Number.isSafeInteger(json) ? (json as number) : refuse(`${what} is not a whole number`);
}

/** As text, since JSON has no exact numbers of 64 bits. */
export function bigintOf(json: unknown, what: string): bigint {
  const text = textOf(json, what);
  return /^-?[0-9]{1,20}$/.test(text) ? BigInt(text) : refuse(`${what} is not a decimal number`);
}
