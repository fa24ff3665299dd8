/**
 * What can be wrong with one direction of a link on purpose: set by commands, kept in `run/links.json`,
 * obeyed by the node that sends, shown by `status`.
 *
 * A cut swallows frames in silence; the connection stays open and gives no hint.
 */

export interface LinkFault {
  readonly isCut: boolean;
  /** Of each frame, one way. */
  readonly delayMs: number;
  /** Uniform, added to or taken from the delay. */
  readonly jitterMs: number;
  /** Of each frame, 0 to 1. */
  readonly dropProbability: number;
  readonly duplicateProbability: number;
  /** A frame that others overtake, also over a reconnection. */
  readonly reorderProbability: number;
  /** Undefined: as fast as the socket. */
  readonly bytesPerSecond: number | undefined;
}

export const NO_FAULT: LinkFault = {
  isCut: false,
  delayMs: 0,
  jitterMs: 0,
  dropProbability: 0,
  duplicateProbability: 0,
  reorderProbability: 0,
  bytesPerSecond: undefined,
};

export const CUT: LinkFault = { ...NO_FAULT, isCut: true };

/** What node `from` sends to node `to` meets this fault. */
export interface DirectedFault {
  readonly from: number;
  readonly to: number;
  readonly fault: LinkFault;
  /** Wall clock; undefined: until it is healed. */
  readonly expiresAtEpochMs: number | undefined;
}
