/**
 * The command line of the node process: `--dir CLUSTER --node PID [--recover] [--ipc]`.
 *
 * For the commands that spawn nodes, not for people; it must never guess.
 */

import { parseArgs } from 'node:util';

import { OmnikvError } from '../errors.js';
import { MAX_PID } from '../limits.js';

export interface ServerArguments {
  /** The cluster directory. */
  readonly directory: string;
  readonly pid: number;
  /** Started by `recover`: said in the log, and nothing more (A3). */
  readonly isRecovery: boolean;
  /** S4: ends with the process that holds the other end of the channel. */
  readonly hasParentChannel: boolean;
}

export function parseServerArguments(args: readonly string[]): ServerArguments {
  const values = readValues(args);
  const pid = Number(values.node);
  if (values.dir === undefined || values.dir === '') throw usage('--dir names no directory');
  if (!Number.isInteger(pid) || pid < 1 || pid > MAX_PID) {
    throw usage(`--node is ${String(values.node)}; allowed: 1 to ${MAX_PID}`);
  }
  return {
    directory: values.dir,
    pid,
    isRecovery: values.recover === true,
    hasParentChannel: values.ipc === true,
  };
}

function readValues(args: readonly string[]): {
  dir?: string | undefined;
  node?: string | undefined;
  recover?: boolean | undefined;
  ipc?: boolean | undefined;
} {
  try {
    return parseArgs({
      args: [...args],
      options: {
        dir: { type: 'string' },
        node: { type: 'string' },
        recover: { type: 'boolean' },
        ipc: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw usage((error as Error).message);
  }
}

function usage(message: string): OmnikvError {
  return new OmnikvError('OMNIKV_USAGE', message, {
    suggestions: ['node dist/core/server/main.js --dir CLUSTER --node PID [--recover] [--ipc]'],
  });
}
