/**
 * Memory that begins at a page, as direct I/O wants it.
 *
 * Node gives no other: an ArrayBuffer begins 16 bytes behind a page, or anywhere. The memory of a
 * WebAssembly module is mapped by itself, so that V8 can guard its ends.
 */

/** Absent where Node runs without a compiler (`--jitless`). */
declare const WebAssembly:
  | {
      readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => {
        readonly buffer: ArrayBuffer;
      };
    }
  | undefined;

const WASM_PAGE_BYTES = 65_536;

/** Zeros that take no room until they are written. Undefined where the machine gives no such memory. */
export function alignedMemory(bytes: number): Uint8Array | undefined {
  if (typeof WebAssembly === 'undefined') return undefined;
  const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
  try {
    return new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
  } catch (error) {
    // It reserves 8 GiB of addresses, which a limit of the user may forbid (ulimit -v).
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
