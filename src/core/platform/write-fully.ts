/**
 * Continues short writes until all bytes are down, or says that they are not (D14).
 *
 * A call that writes fewer bytes than asked is no error by itself; one that writes none is, for
 * the loop would never end. It must never report success for less than everything.
 */

export type WriteDone = (error: Error | undefined) => void;

/** One system call: writes a prefix of `bytes[from..]` at `position`. */
export type WriteOnce = (
  bytes: Uint8Array,
  from: number,
  position: number,
  done: (error: Error | null | undefined, written: number) => void,
) => void;

function noProgress(): Error {
  return Object.assign(new Error('EIO: a write made no progress'), { code: 'EIO' });
}

export function writeFully(
  writeOnce: WriteOnce,
  bytes: Uint8Array,
  position: number,
  done: WriteDone,
): void {
  const writeFrom = (from: number): void => {
    writeOnce(bytes, from, position + from, (error, written) => {
      if (error) {
        done(error);
        return;
      }
      if (from + written >= bytes.length) {
        done(undefined);
        return;
      }
      if (written <= 0) {
        done(noProgress());
        return;
      }
      writeFrom(from + written);
    });
  };
  writeFrom(0);
}

/** The synchronous form. `writeOnce` answers how many bytes went down, or throws. */
export function writeFullySync(
  writeOnce: (bytes: Uint8Array, from: number, position: number) => number,
  bytes: Uint8Array,
  position: number,
): void {
  let from = 0;
  while (from < bytes.length) {
    const written = writeOnce(bytes, from, position + from);
    if (written <= 0) throw noProgress();
    from += written;
  }
}
