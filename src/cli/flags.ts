/**
 * Flags that several commands share, each parsed in one way.
 */

import { custom, string } from '@oclif/core/flags';
import { DEFAULT_COMMAND_TIMEOUT_MS, DEFAULT_START_TIMEOUT_MS, MAX_PID } from '../core/limits.js';
import { OmnikvError } from '../core/errors.js';
import { parseDuration } from './duration.js';
import { quoteForMessage } from './output.js';

export const durationFlag = custom<number>({
  helpValue: '5s',
  parse: async (text) => await Promise.resolve(parseDuration(text)),
});

const wholeNumber = custom<number>({
  parse: async (text) => await Promise.resolve(parseWholeNumber(text)),
});

export function indexFlag(options: { readonly description: string; readonly char?: 'n' }) {
  return wholeNumber({ helpValue: 'N', ...options });
}

export function timeoutFlag() {
  return durationFlag({
    description: 'how long to wait for the answer',
    default: DEFAULT_COMMAND_TIMEOUT_MS,
    defaultHelp: async () => await Promise.resolve('5s'),
    noCacheDefault: false,
  });
}

export function startTimeoutFlag() {
  return durationFlag({
    description: 'how long to wait until the nodes are ready',
    default: DEFAULT_START_TIMEOUT_MS,
    defaultHelp: async () => await Promise.resolve('30s'),
  });
}

export function requestIdFlag() {
  return string({
    description: 'repeat the request with this id: it takes effect at most once',
    helpValue: 'ID',
  });
}

const pid = custom<number>({ parse: async (text) => await Promise.resolve(parsePid(text)) });

export function nodeFlag(options: { readonly description: string }) {
  return pid({ helpValue: 'N', ...options });
}

/** 0, 1, 2 …: no sign, no fraction, no leading zero. */
export function parseWholeNumber(text: string): number {
  const value = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw new OmnikvError('OMNIKV_USAGE', `${quoteForMessage(text)} is no whole number`, {
      suggestions: [],
    });
  }
  return value;
}

export function parsePid(text: string): number {
  const pid = parseWholeNumber(text);
  if (pid < 1 || pid > MAX_PID) {
    throw new OmnikvError('OMNIKV_UNKNOWN_NODE', `${text} is no node: nodes are numbered from 1`);
  }
  return pid;
}
