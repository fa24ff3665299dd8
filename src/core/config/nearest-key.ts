/**
 * "Did you mean": the key that a mistyped one most likely stands for.
 *
 * A guess farther away than a third of the word is noise. A guess is only ever shown.
 */

const MAX_WORD = 64;

export function nearestKey(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > MAX_WORD) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const isBeginning = word.length >= 4 && normal(candidate).startsWith(normal(word));
    const distance = isBeginning ? 1 : editDistance(normal(word), normal(candidate));
    if (distance >= bestDistance || distance >= candidate.length) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** `batchSize` and `batch-size` are near to `batch_size`. */
function normal(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '');
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution = left[row - 1] === right[column - 1] ? 0 : 1;
      current[column] = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + substitution,
      );
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
