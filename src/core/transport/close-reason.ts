/**
 * Why a connection ended. Every end has a kind that is counted; nothing ends silently.
 */

export type CloseReason =
  /** The other end closed, or its process died: ordinary. */
  | { readonly kind: 'disconnected'; readonly detail: string | undefined }
  /** N5: bytes that are no frame, or a frame that has no place here. */
  | { readonly kind: 'protocolError'; readonly detail: string }
  /** R3, R4: more was waiting to be sent than may wait. */
  | { readonly kind: 'sendBufferFull'; readonly detail: string }
  /** N6: no answer in time, or a rejection. */
  | { readonly kind: 'handshakeFailed'; readonly detail: string }
  /** N8: a newer connection took its place. */
  | { readonly kind: 'replaced' }
  /** A fault that was set on purpose. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'closedHere' };

export function describeCloseReason(reason: CloseReason): string {
  return 'detail' in reason && reason.detail !== undefined
    ? `${reason.kind}: ${reason.detail}`
    : reason.kind;
}
