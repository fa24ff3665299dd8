/**
 * Coverage marks: rare events that a set of runs must have met, counted.
 *
 * A simulator proves only what its faults can bring about. The marks show what a run, or a thousand
 * of them, really reached; a mark that is never hit is a hole in the proof.
 */

export const MARKS = [
  'leader ready',
  'leadership lost',
  'leader told another to lead',
  'lead handed over',
  'quorum lost',
  'quorum back',
  'prepare refused',
  'follower synced by AcceptSync',
  'follower asked for a Prepare',
  'decided transfer installed',
  'proposal forwarded',
  'read round started',
  'request relayed',
  'request relayed over two hops',
  'process killed',
  'power cut',
  'power cut of all nodes',
  'process stopped',
  'partition',
  'link clogged',
  'lossy link',
  'slow link',
  'connection broken',
  'message lost',
  'message duplicated',
  'message reordered',
  'disk error',
  'sync error',
  'short write',
  'disk full',
  'damage at rest',
  'sector dropped at a power cut',
  'sector torn at a power cut',
  'garbage at a power cut',
  'directory entry lost at a power cut',
  'torn tail cut',
  'node stopped by a disk error',
  'node refused damaged data',
  'segment renamed into place',
  'write refused by a full disk',
  'request refused without a quorum',
  'outcome unknown',
  'session expired',
  'one-shot expired',
  'progress of a quorum-connected core',
] as const;

export type Mark = (typeof MARKS)[number];

export class MarkCounter {
  readonly #counts = new Map<Mark, number>();

  hit(mark: Mark, times = 1): void {
    if (times > 0) this.#counts.set(mark, (this.#counts.get(mark) ?? 0) + times);
  }

  /** Those that were hit, in the order of the list. */
  counts(): Readonly<Partial<Record<Mark, number>>> {
    const found: Partial<Record<Mark, number>> = {};
    for (const mark of MARKS) {
      const count = this.#counts.get(mark);
      if (count !== undefined) found[mark] = count;
    }
    return found;
  }
}
