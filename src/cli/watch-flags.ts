/**
 * The flags of commands that look again and again: `status --watch` and `top`.
 */

import { durationFlag } from './flags.js';

export const DEFAULT_INTERVAL_MS = 500;

/** `dependsOn`: flags without which it means nothing. */
export function intervalFlag(dependsOn: string[] = []) {
  const description = 'how often to look (500ms)';
  return durationFlag({ description, helpValue: '500ms', dependsOn });
}

export function forFlag(dependsOn: string[] = []) {
  return durationFlag({ description: 'end after this time; else at Ctrl-C', dependsOn });
}
