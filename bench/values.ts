/** The value of the n-th put: as long as asked for, and another one from call to call. */
export function valueOf(sizeBytes: number, sequence: number): Buffer {
  const value = Buffer.alloc(sizeBytes);
  if (sizeBytes >= 4) value.writeUInt32LE(sequence >>> 0);
  return value;
}
