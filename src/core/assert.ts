/**
 * Assertions that stay on in production.
 *
 * A surprising truth of the protocol is stated where it is relied upon. A failed assertion is a
 * bug of ours, never a user's mistake: the node stops rather than go on with a state it does not
 * understand.
 */

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
  readonly code = 'OMNIKV_INTERNAL';
}

/** The message is made at every call, failed or not: where calls are many it is a constant. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Marks a `switch` as exhaustive: the compiler refuses a forgotten kind, the program a forged one. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}
