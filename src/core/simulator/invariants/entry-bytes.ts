/**
 * Equality of log entries, for checks that run after every event: identity first, bytes where not.
 */

export function areBytesEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === b) return true;
  if (a?.length !== b?.length || a === undefined || b === undefined) return false;
  // From the end: entries of one client begin alike.
  for (let at = a.length - 1; at >= 0; at--) if (a[at] !== b[at]) return false;
  return true;
}

/** For messages: the first bytes of an entry, and its length. */
export function describeEntry(entry: Uint8Array | undefined): string {
  if (entry === undefined) return 'nothing';
  const hex = Array.from(entry.subarray(0, 24), (byte) => byte.toString(16).padStart(2, '0'));
  return `${entry.length} bytes 0x${hex.join('')}${entry.length > 24 ? '…' : ''}`;
}
