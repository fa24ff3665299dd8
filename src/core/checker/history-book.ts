/**
 * Joins the events of a history to its entries.
 *
 * A prefix of the events is a history too: what had begun and not ended has an unknown outcome. So
 * a recorder that dies leaves a history that can be judged.
 */

import { assert } from '../assert.js';
import type { HistoryEntry, HistoryEvent } from './history.js';

export class HistoryBook {
  readonly #entries = new Map<number, HistoryEntry>();

  add(event: HistoryEvent): void {
    if (event.kind === 'began') {
      const { client, call, operation } = event;
      assert(!this.#entries.has(event.id), `operation ${event.id} began twice`);
      this.#entries.set(event.id, {
        client,
        call,
        return: undefined,
        operation,
        result: undefined,
      });
      return;
    }
    const open = this.#entries.get(event.id);
    assert(open !== undefined, `operation ${event.id} ended before it began`);
    assert(open.return === undefined, `operation ${event.id} ended twice`);
    if (event.kind === 'failed') this.#entries.delete(event.id);
    else this.#entries.set(event.id, { ...open, return: event.return, result: event.result });
  }

  /** Began, not ended, and not known to have failed. */
  isOpen(id: number): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && entry.return === undefined;
  }

  get(id: number): HistoryEntry {
    const entry = this.#entries.get(id);
    assert(entry !== undefined, `operation ${id} has not begun`);
    return entry;
  }

  has(id: number): boolean {
    return this.#entries.has(id);
  }

  /** In the order in which they began. */
  entries(): HistoryEntry[] {
    return [...this.#entries.values()];
  }
}
