/**
 * Data-directory guards of one test: exclusive among those who share this object.
 */

import { OmnikvError } from '../../src/core/errors.js';
import type { DirectoryGuard, HeldGuard } from '../../src/core/platform/ports.js';

export class MemoryGuard implements DirectoryGuard {
  readonly #held = new Set<string>();

  acquire(directoryIdentity: string): Promise<HeldGuard> {
    if (this.#held.has(directoryIdentity)) {
      return Promise.reject(new OmnikvError('OMNIKV_DATA_IN_USE', directoryIdentity));
    }
    this.#held.add(directoryIdentity);
    return Promise.resolve({
      release: () => {
        this.#held.delete(directoryIdentity);
        return Promise.resolve();
      },
    });
  }

  get heldCount(): number {
    return this.#held.size;
  }
}
