/**
 * get, put, del, incr and cas in their plain forms, without oclif: a tenth of a second less.
 *
 * It takes what it understands wholly (keys, numbers, --dir, --json) and has a quarter of a second. All
 * else is the command's: any other flag, every error, an answer that is late. A change goes on there
 * under the same request id where its outcome is not known, so it takes effect at most once (C5).
 * The build makes one file of this and of what it imports; it must never load oclif, zod or TOML.
 */

import { tmpdir } from 'node:os';
import { connect, parseU64, type Client, type Operation } from '../core/client/index.js';
import { findCluster } from '../core/cluster/find-cluster.js';
import { OmnikvError, UnknownOutcomeError } from '../core/errors.js';
import { endOnBrokenPipes, endProcess } from './end-process.js';
import { Output } from './output.js';
import { answerCas, answerDel, answerGet, answerIncr, answerPut } from './store-answers.js';
import { keyArgument } from './value-argument.js';

const PATIENCE_MS = 250;

/** What was typed, where all of it is plain. */
interface PlainCommand {
  readonly verb: string;
  readonly words: readonly string[];
  readonly directory: string | undefined;
  readonly isJson: boolean;
}

type Answer = (output: Output) => void;
type Run = (client: Client) => Promise<Answer | undefined>;

/** Ends the process where the command was done; else gives what is left to do to the caller. */
export async function runShortPath(argv: readonly string[]): Promise<readonly string[]> {
  const command = readPlain(argv);
  if (command === undefined) return argv;
  let answer: Answer | undefined;
  try {
    answer = await answerOf(command);
  } catch (error) {
    if (!(error instanceof OmnikvError)) throw error;
    return continued(argv, error);
  }
  if (answer === undefined) return argv;
  const { isJson } = command;
  const { stdout, stderr, env } = process;
  endOnBrokenPipes();
  answer(new Output({ isJson, stdout, stderr, environment: env }));
  return await endProcess();
}

function readPlain([verb = '', ...rest]: readonly string[]): PlainCommand | undefined {
  let directory = process.env.OMNIKV_DIR;
  let isJson = false;
  const words: string[] = [];
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    if (word === '--json') isJson = true;
    else if (word === '--dir') directory = rest[++at] ?? '';
    else if (word.startsWith('-')) return undefined;
    else words.push(word);
  }
  // An empty directory is an error, and one that looks like a flag is oclif's to judge.
  if (directory === '' || directory?.startsWith('-') === true) return undefined;
  return { verb, words, directory, isJson };
}

async function answerOf({ verb, words, directory }: PlainCommand): Promise<Answer | undefined> {
  const run = runOf(verb, words);
  if (run === undefined) return undefined;
  const { clusterId, layout, pids } = findCluster({
    workingDirectory: process.cwd(),
    directory,
    environment: {
      runtimeDirectory: process.env.XDG_RUNTIME_DIR,
      temporaryDirectory: tmpdir(),
    },
  });
  const nodes = new Map(pids.map((pid) => [pid, layout.socketPath(pid)]));
  const client = connect({ clusterId, nodes, deadlineMs: PATIENCE_MS });
  try {
    return await run(client);
  } finally {
    client.close();
  }
}

/** Throws what `keyArgument` throws. Undefined: not plain. */
function runOf(verb: string, words: readonly string[]): Run | undefined {
  const [key = '', second, third] = words;
  switch (verb) {
    case 'get':
      return words.length === 1 ? get(keyArgument(key)) : undefined;
    case 'del':
      return words.length === 0 ? undefined : del(words.map(keyArgument));
    case 'put':
      return words.length === 2 ? put(keyArgument(key), numberOf(second)) : undefined;
    case 'incr':
      return words.length === 1 || words.length === 2
        ? incr(keyArgument(key), numberOf(second ?? '1'))
        : undefined;
    case 'cas':
      return words.length === 3
        ? cas(keyArgument(key), numberOf(second), numberOf(third))
        : undefined;
    default:
      return undefined;
  }
}

function numberOf(word: string | undefined): bigint | undefined {
  return word === undefined ? undefined : parseU64(word);
}

function get(key: string): Run {
  return async (client) => {
    const found = await client.get(key);
    return found === undefined ? undefined : (output) => answerGet(output, key, found);
  };
}

function put(key: string, value: bigint | undefined): Run | undefined {
  if (value === undefined) return undefined;
  return changing(
    { kind: 'put', key, value: { kind: 'u64', value }, condition: undefined },
    'stored',
    (reply, output) => answerPut(output, key, reply),
  );
}

function del(keys: readonly string[]): Run {
  return changing({ kind: 'delete', keys }, 'deleted', (reply, output) => {
    answerDel(output, reply);
  });
}

function incr(key: string, by: bigint | undefined): Run | undefined {
  if (by === undefined) return undefined;
  return changing({ kind: 'increment', key, by }, 'number', (reply, output) => {
    answerIncr(output, key, reply);
  });
}

function cas(key: string, old: bigint | undefined, value: bigint | undefined): Run | undefined {
  if (old === undefined || value === undefined) return undefined;
  const expected = { kind: 'u64', value: old } as const;
  const replacement = { kind: 'u64', value } as const;
  const operation: Operation = { kind: 'compareAndSet', key, expected, replacement };
  return changing(operation, 'swapped', (reply, output) => {
    answerCas(output, key, { replacement, reply });
  });
}

type Reply = Awaited<ReturnType<Client['execute']>>;

/** A change; a reply of another kind changed nothing, and is said by the command. */
function changing<Kind extends Reply['kind']>(
  operation: Operation,
  kind: Kind,
  say: (reply: Extract<Reply, { kind: Kind }>, output: Output) => void,
): Run {
  return async (client) => {
    const reply = await client.execute(operation);
    if (reply.kind !== kind) return undefined;
    return (output) => say(reply as Extract<Reply, { kind: Kind }>, output);
  };
}

/** Where the outcome is unknown the command asks again for the same request. */
function continued(argv: readonly string[], error: OmnikvError): readonly string[] {
  if (!(error instanceof UnknownOutcomeError) || error.requestId === undefined) return argv;
  return [...argv, '--request-id', error.requestId];
}
