/**
 * What the options may be, whether they come from TOML or from a program: one zod schema.
 *
 * The schema judges, it never converts. Whoever asks words the problem: a program knows the option
 * by its camelCase name, a file by key and line.
 */

import * as z from 'zod/mini';

import { MAX_PID, MAX_SEGMENT_BYTES, MIN_SEGMENT_BYTES } from '../limits.js';

export interface OptionProblem {
  /** The option, and what inside it: `['peers', 0]`. */
  readonly path: readonly (string | number)[];
  readonly kind: 'missing' | 'illegal' | 'unknown';
  /** Set where the values are legal one by one, but not together. */
  readonly reason: string | undefined;
}

const positive = z.int().check(z.gte(1), z.lte(MAX_PID));

const protocolFields = z.strictObject({
  configurationId: positive,
  pid: positive,
  peers: z.array(positive),
  flexibleQuorum: z.optional(
    z.strictObject({ readQuorumSize: positive, writeQuorumSize: positive }),
  ),
  leaderPriority: z.optional(z.int().check(z.gte(0), z.lte(MAX_PID))),
  electionTickTimeout: z.optional(positive),
  resendMessageTickTimeout: z.optional(positive),
  flushBatchTickTimeout: z.optional(positive),
  batchSize: z.optional(positive),
  bufferSize: z.optional(positive),
  loggerFilePath: z.optional(z.string().check(z.minLength(1), z.regex(/^[^\0]*$/))),
});

const optionsSchema = protocolFields.check(z.superRefine(checkTogether));

const serverSchema = z.strictObject({
  tickMs: z.optional(z.int().check(z.gte(1), z.lte(60_000))),
  segmentBytes: z.optional(
    z.int().check(z.gte(MIN_SEGMENT_BYTES), z.lte(MAX_SEGMENT_BYTES), z.multipleOf(8)),
  ),
  sync: z.optional(z.enum(['always', 'never'])),
});

export interface ServerOptions {
  readonly tickMs?: number | undefined;
  readonly segmentBytes?: number | undefined;
  readonly sync?: 'always' | 'never' | undefined;
}

export function checkProtocolOptions(options: unknown): readonly OptionProblem[] {
  return problemsOf(optionsSchema.safeParse(options), options);
}

export function checkServerOptions(options: unknown): readonly OptionProblem[] {
  return problemsOf(serverSchema.safeParse(options), options);
}

/** What is legal one by one, but not together. */
function checkTogether(
  options: z.infer<typeof protocolFields>,
  context: z.core.$RefinementCtx,
): void {
  const refuse = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  for (const [index, peer] of options.peers.entries()) {
    if (peer === options.pid) refuse(['peers', index], `names node ${peer}, which is pid itself`);
    else if (options.peers.indexOf(peer) < index) {
      refuse(['peers', index], `names node ${peer} twice`);
    }
  }
  const quorum = options.flexibleQuorum;
  const nodeCount = new Set([...options.peers, options.pid]).size;
  if (quorum === undefined) return;
  const { readQuorumSize: read, writeQuorumSize: write } = quorum;
  if (read > nodeCount || write > nodeCount) {
    refuse(['flexibleQuorum'], `asks for more servers than there are (${nodeCount})`);
  } else if (read + write <= nodeCount) {
    // Two such quorums need not meet: a leader could miss what was decided.
    refuse(['flexibleQuorum'], `${read} + ${write} is not more than the ${nodeCount} servers`);
  }
}

function problemsOf(
  result: z.core.util.SafeParseResult<unknown>,
  options: unknown,
): readonly OptionProblem[] {
  return (result.error?.issues ?? []).flatMap((issue): OptionProblem[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...path, key],
        kind: 'unknown',
        reason: undefined,
      }));
    }
    const reason = issue.code === 'custom' ? issue.message : undefined;
    const kind = valueAt(options, path) === undefined ? 'missing' : 'illegal';
    return [{ path, kind, reason }];
  });
}

export function valueAt(options: unknown, path: readonly (string | number)[]): unknown {
  let value = options;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part))
      return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
