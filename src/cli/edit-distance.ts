/**
 * The nearest of some words, for "did you mean".
 *
 * Only words at an edit distance of at most two count: a farther guess is noise, and a guess is
 * never acted upon.
 */

const MAX_DISTANCE = 2;

export function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      current[column] = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

export function nearest(word: string, candidates: readonly string[]): string | undefined {
  // Typed words can be long; no candidate is, and the work is the product of both lengths.
  if (word.length > 64) return undefined;
  let best: string | undefined;
  let bestDistance = MAX_DISTANCE + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    // A short word is near to everything: "a" must not suggest "del".
    if (distance < bestDistance && distance < Math.max(candidate.length - 1, 1)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
