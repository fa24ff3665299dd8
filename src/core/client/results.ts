/**
 * From the state machine's reply to the result of a call, or the error that stands for it.
 */

import { OmnikvError } from '../errors.js';
import type { OperationReply } from '../kv/command.js';
import { ConditionFailedError } from './condition-failed-error.js';

type ReplyKind = OperationReply['kind'];

/** The reply of this kind; throws the error that any other one is. */
export function expectReply<K extends ReplyKind>(
  reply: OperationReply,
  kind: K,
  key: string,
): Extract<OperationReply, { kind: K }> {
  if (reply.kind === kind) return reply as Extract<OperationReply, { kind: K }>;
  throw errorOfReply(reply, key);
}

/** Nothing was changed, in each of these cases. Keys are printed as JSON: they may hold anything. */
function errorOfReply(reply: OperationReply, key: string): OmnikvError {
  const name = JSON.stringify(key);
  switch (reply.kind) {
    case 'conditionFailed': {
      const { actual } = reply;
      const holds =
        actual === undefined ? 'has no value' : `holds another value (version ${actual.version})`;
      return new ConditionFailedError(`${name} ${holds}`, actual);
    }
    case 'notANumber':
      return new OmnikvError('OMNIKV_NOT_A_NUMBER', `${name} does not hold a number`);
    case 'overflow':
      return new OmnikvError('OMNIKV_OVERFLOW', `the sum for ${name} is larger than 64 bits hold`);
    default:
      return new OmnikvError('OMNIKV_PROTOCOL', `"${reply.kind}" is no answer to this operation`);
  }
}
