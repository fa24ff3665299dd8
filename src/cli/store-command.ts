/**
 * What the commands on keys share: a client for one call, and the three outcomes (C4).
 *
 * A change whose outcome is unknown, also after Ctrl-C, ends with its request id and the exact
 * command that repeats it at most once (C5).
 */

import type { Client, Operation, OperationReply, VersionedValue } from '../core/client/index.js';
import type { Cluster } from '../core/cluster/index.js';
import { OmnikvError, UnknownOutcomeError } from '../core/errors.js';
import type { ErrorId } from '../core/errors.js';
import { AnsweredError } from './answered-error.js';
import { ClusterCommand } from './cluster-command.js';
import type { DirectoryFlags } from './cluster-command.js';
import { valueToLine, versionedToJson } from './render-value.js';
import { commandLine } from './shell-quote.js';

export interface StoreFlags extends DirectoryFlags {
  readonly timeout: number;
}

export interface ChangeFlags extends StoreFlags {
  readonly 'request-id'?: string | undefined;
}

const MAX_SHOWN_COMMAND = 1_000;

const UNAVAILABLE: readonly ErrorId[] = [
  'OMNIKV_NO_QUORUM',
  'OMNIKV_NOT_LEADER',
  'OMNIKV_TIMEOUT',
  'OMNIKV_UNREACHABLE',
];

export abstract class StoreCommand extends ClusterCommand {
  #cluster: Cluster | undefined;
  #client: Client | undefined;
  #isInterrupted = false;

  /** Runs `work` with a client and closes it, whatever comes. */
  protected async withClient<Result>(
    flags: StoreFlags,
    work: (client: Client) => Promise<Result>,
  ): Promise<Result> {
    const client = await this.openClient(flags);
    try {
      return await this.step(`${this.commandName}: waiting for the cluster`, () => work(client));
    } finally {
      client.close();
    }
  }

  /** A client of the cluster as it is now. The caller closes it. */
  protected async openClient(flags: StoreFlags): Promise<Client> {
    const cluster = await this.findCluster(flags);
    this.#cluster = cluster;
    const { connectToCluster } = await import('../core/cluster/index.js');
    this.#client = await connectToCluster(cluster, { deadlineMs: flags.timeout });
    return this.#client;
  }

  /** One change as one log entry. */
  protected async change(flags: ChangeFlags, operation: Operation): Promise<OperationReply> {
    const requestId = flags['request-id'];
    try {
      return await this.withClient(flags, async (client) => {
        return await client.execute(operation, {
          deadlineMs: flags.timeout,
          ...(requestId === undefined ? {} : { requestId }),
        });
      });
    } catch (error) {
      if (error instanceof UnknownOutcomeError) throw this.#withRetry(error);
      throw error;
    }
  }

  /** Ctrl-C: a change under way ends as unknown or as failed, and says which. */
  protected override interrupt(): void {
    if (this.#client === undefined || this.#isInterrupted) {
      super.interrupt();
      return;
    }
    this.#isInterrupted = true;
    this.#client.close();
  }

  override async catch(thrown: Error): Promise<void> {
    const error = this.#isInterrupted ? this.#asInterrupted(thrown) : thrown;
    await super.catch(await this.withNextStep(error));
  }

  /** Names the nodes that are down: the client knows sockets, not processes. */
  protected async withNextStep(thrown: Error): Promise<Error> {
    if (this.#cluster === undefined || !(thrown instanceof OmnikvError)) return thrown;
    if (!UNAVAILABLE.includes(thrown.code)) return thrown;
    const { quorumSizeOf, resolveSelectors } = await import('../core/cluster/index.js');
    const down = await resolveSelectors(this.#cluster, { selectors: [], fallback: 'down' });
    const paused = await resolveSelectors(this.#cluster, { selectors: [], fallback: 'paused' });
    if (down.length + paused.length === 0) return thrown;
    const isStopped = down.length === this.#cluster.pids.length;
    const recover = isStopped ? 'omnikv start' : `omnikv recover ${down.join(',')}`;
    const suggestions = [
      ...(paused.length === 0 ? [] : [`omnikv resume ${paused.join(',')}`]),
      ...(down.length === 0 ? [] : [recover]),
      'omnikv status',
    ];
    const nodeCount = this.#cluster.pids.length;
    const runningCount = nodeCount - down.length - paused.length;
    // The deadline says that no answer came; here it is known why.
    if (thrown.code === 'OMNIKV_TIMEOUT' && runningCount < (await quorumSizeOf(this.#cluster))) {
      const message = `${runningCount} of ${nodeCount} nodes run; ${thrown.message}`;
      return new OmnikvError('OMNIKV_NO_QUORUM', message, { suggestions, cause: thrown });
    }
    return new OmnikvError(thrown.code, thrown.message, { suggestions, cause: thrown });
  }

  #withRetry(error: UnknownOutcomeError): Error {
    const requestId = requestIdOf(error);
    if (requestId === undefined) return error;
    const command = this.#retryCommand(requestId);
    const message = `${error.message}; request id ${requestId}`;
    const retry = new OmnikvError(error.code, message, { suggestions: [command], cause: error });
    return new AnsweredError(retry, { requestId });
  }

  /** The command as it was typed, with the request id. */
  #retryCommand(requestId: string): string {
    const words: string[] = [];
    const dashes = this.argv.indexOf('--');
    const end = dashes === -1 ? this.argv.length : dashes;
    for (let at = 0; at < end; at += 1) {
      const word = this.argv[at] ?? '';
      if (word === '--request-id') at += 1;
      else if (!word.startsWith('--request-id=')) words.push(word);
    }
    words.push('--request-id', requestId, ...this.argv.slice(end));
    const line = commandLine(['omnikv', ...this.commandName.split(' '), ...words]);
    if (line.length <= MAX_SHOWN_COMMAND) return line;
    return `the same command with --request-id ${requestId}`;
  }

  #asInterrupted(thrown: Error): Error {
    const error = thrown instanceof AnsweredError ? thrown.error : thrown;
    const isUnknown = error instanceof OmnikvError && error.code === 'OMNIKV_UNKNOWN_OUTCOME';
    if (!isUnknown) {
      const message = `${this.commandName} was interrupted before it had an effect`;
      return new OmnikvError('OMNIKV_INTERRUPTED', message);
    }
    const interrupted = new OmnikvError(
      'OMNIKV_INTERRUPTED',
      `${this.commandName} was interrupted and may have taken effect: ${error.message}`,
      { suggestions: error.suggestions, cause: error },
    );
    return new AnsweredError(interrupted, thrown instanceof AnsweredError ? thrown.answer : {});
  }
}

function requestIdOf(error: UnknownOutcomeError): string | undefined {
  return 'requestId' in error && typeof error.requestId === 'string' ? error.requestId : undefined;
}

/** Replies that say "nothing was changed" are errors of a command (exit 5). */
export function refuseUnchanged(reply: OperationReply, key: string, wanted: string): void {
  switch (reply.kind) {
    case 'conditionFailed':
      throw conditionFailed(key, wanted, reply.actual);
    case 'notANumber':
      throw new OmnikvError(
        'OMNIKV_NOT_A_NUMBER',
        `${JSON.stringify(key)} holds text or bytes, which nothing can be added to`,
        { suggestions: [commandLine(['omnikv', 'get', key, '--meta'])] },
      );
    case 'overflow':
      throw new OmnikvError(
        'OMNIKV_OVERFLOW',
        `${JSON.stringify(key)} would be larger than 18446744073709551615`,
        { suggestions: [commandLine(['omnikv', 'get', key])] },
      );
    default:
  }
}

function conditionFailed(
  key: string,
  wanted: string,
  actual: VersionedValue | undefined,
): AnsweredError {
  const line = actual === undefined ? '' : valueToLine(actual.value);
  const shown = line.length > 60 ? `${line.slice(0, 60)}…` : line;
  const holds =
    actual === undefined ? 'has no value' : `holds ${shown} at version ${actual.version}`;
  const error = new OmnikvError(
    'OMNIKV_CONDITION_FAILED',
    `${JSON.stringify(key)} ${holds}, and ${wanted} was asked for`,
    { suggestions: [commandLine(['omnikv', 'get', key, '--meta'])] },
  );
  return new AnsweredError(error, {
    actual: actual === undefined ? null : versionedToJson(actual),
  });
}
