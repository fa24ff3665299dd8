/**
 * What a caller may conclude: ok, failed (certainly without effect) or unknown (C4).
 *
 * A refusal says that *this* attempt was not proposed; whether an earlier one was is the doubt of the
 * exchange. A call in doubt is never failed by a refusal: it is settled by an answer, or unknown.
 */

import { OmnikvError, UnknownOutcomeError, type ErrorId } from '../errors.js';

export interface Refusal {
  readonly code: ErrorId;
  readonly message: string;
  /** 0: the server knows no leader. */
  readonly leader: number;
}

export type RefusalAction =
  /** Another node may take it. */
  | 'askAnother'
  /** The same node may take it in a moment. */
  | 'askLater'
  /** Every node would say the same. */
  | 'fail';

/** What to do with a call that a node did not propose. */
export function actionAfter(code: ErrorId): RefusalAction {
  switch (code) {
    case 'OMNIKV_NOT_LEADER':
    case 'OMNIKV_NO_QUORUM':
    case 'OMNIKV_SHUTTING_DOWN':
    case 'OMNIKV_PENDING_RECONFIGURATION':
    case 'OMNIKV_UNREACHABLE':
      return 'askAnother';
    case 'OMNIKV_OVERLOADED':
    case 'OMNIKV_TIMEOUT':
      return 'askLater';
    default:
      return 'fail';
  }
}

/** No leader, or one without a quorum: the cluster as a whole cannot agree now. */
export function isQuorumMissing(refusal: Refusal | undefined): boolean {
  if (refusal === undefined) return false;
  if (refusal.code === 'OMNIKV_NO_QUORUM') return true;
  return refusal.code === 'OMNIKV_NOT_LEADER' && refusal.leader === 0;
}

export interface Ending {
  readonly isInDoubt: boolean;
  readonly requestId: string | undefined;
  readonly refusal: Refusal | undefined;
  readonly waitedMs: number;
  readonly nodeCount: number;
  readonly reachableCount: number;
  /** The last error of a connection, where none could be made. */
  readonly connectError: OmnikvError | undefined;
}

/** The error of a call that got no answer: at its deadline, or when waiting cannot help. */
export function errorOf(ending: Ending): OmnikvError {
  if (ending.isInDoubt) return unknownOutcome(ending);
  if (isQuorumMissing(ending.refusal)) {
    const { reachableCount, nodeCount } = ending;
    return new OmnikvError(
      'OMNIKV_NO_QUORUM',
      `${reachableCount} of ${nodeCount} nodes can be reached, and they could not agree on a leader`,
    );
  }
  if (ending.refusal !== undefined) {
    return new OmnikvError(ending.refusal.code, ending.refusal.message);
  }
  if (ending.reachableCount === 0) return unreachable(ending);
  return new OmnikvError(
    'OMNIKV_TIMEOUT',
    `no answer within ${Math.round(ending.waitedMs)} ms, and nothing was proposed`,
  );
}

function unknownOutcome(ending: Ending): UnknownOutcomeError {
  const { requestId } = ending;
  return new UnknownOutcomeError(
    `the request was sent, and its outcome is not known after ${Math.round(ending.waitedMs)} ms`,
    {
      requestId,
      ...(requestId === undefined
        ? {}
        : { suggestions: [`repeat the command with --request-id ${requestId}`] }),
    },
  );
}

function unreachable(ending: Ending): OmnikvError {
  const { connectError, nodeCount } = ending;
  if (connectError !== undefined && connectError.code !== 'OMNIKV_UNREACHABLE') return connectError;
  const detail = connectError === undefined ? '' : `: ${connectError.message}`;
  return new OmnikvError('OMNIKV_UNREACHABLE', `none of ${nodeCount} nodes answered${detail}`, {
    cause: connectError,
  });
}
