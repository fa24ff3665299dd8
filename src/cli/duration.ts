/**
 * Durations as people write them: 500ms, 5s, 1m, 1h.
 *
 * A bare number is refused: whether it means seconds or milliseconds is a guess.
 */

import { OmnikvError } from '../core/errors.js';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const MAX_DURATION_MS = 24 * UNIT_MS.h;

export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const amount = Number(match?.[1]);
  const unit = match?.[2] as keyof typeof UNIT_MS | undefined;
  const durationMs = unit === undefined ? Number.NaN : Math.round(amount * UNIT_MS[unit]);
  if (!(durationMs >= 1 && durationMs <= MAX_DURATION_MS)) {
    throw new OmnikvError(
      'OMNIKV_USAGE',
      `${JSON.stringify(text)} is no duration; write 500ms, 5s or 1m (1ms to 24h)`,
      {
        suggestions: /^\d+$/.test(text)
          ? [`write ${text}s for seconds, ${text}ms for milliseconds`]
          : [],
      },
    );
  }
  return durationMs;
}

export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}
