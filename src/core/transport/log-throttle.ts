/**
 * Warnings about what others send: at most one a minute for each source (N5), so that a peer gone
 * wrong cannot fill the log. What was held back is counted and told with the next.
 *
 * Sources are pids and a few fixed names, never text from the wire: the map stays small.
 */

import { BAD_INPUT_LOG_INTERVAL_MS } from '../limits.js';
import type { Clock, Logger } from '../platform/ports.js';

interface Silence {
  untilMs: number;
  heldBack: number;
}

export class LogThrottle {
  private readonly silences = new Map<string, Silence>();

  constructor(
    private readonly logger: Logger,
    private readonly clock: Clock,
  ) {}

  warn(source: string, event: string, fields: Readonly<Record<string, unknown>>): void {
    const nowMs = this.clock.nowMs();
    const silence = this.silences.get(source);
    if (silence !== undefined && nowMs < silence.untilMs) {
      silence.heldBack++;
      return;
    }
    const heldBack = silence?.heldBack ?? 0;
    this.silences.set(source, { untilMs: nowMs + BAD_INPUT_LOG_INTERVAL_MS, heldBack: 0 });
    this.logger.warn(event, heldBack > 0 ? { ...fields, heldBack } : fields);
  }
}
