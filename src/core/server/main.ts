#!/usr/bin/env node
/**
 * The node process. Spawned by the cluster commands, or by hand:
 * `node dist/core/server/main.js --dir CLUSTER --node PID [--recover] [--ipc]`.
 *
 * It loads no command line framework. Every way to end is here or in fatal.ts: a signal, the end of
 * the parent's channel, or an error, which ends it at once (D17).
 */

import { ClusterLayout, loadNodeConfig, readClusterConfig } from '../config/index.js';
import { EXIT } from '../errors.js';
import { SHUTDOWN_GRACE_MS } from '../limits.js';
import { FileLogger } from '../platform/file-logger.js';
import { nodeFileSystem } from '../platform/node-file-system.js';
import { parseServerArguments, type ServerArguments } from './arguments.js';
import { FatalHandler } from './fatal.js';
import { RunDirectory } from './run-directory.js';
import { ServerNode } from './server-node.js';
import { readVersion } from './version.js';

let logger: FileLogger | undefined;
let runDirectory: RunDirectory | undefined;

const fatal = new FatalHandler({
  report(failure, error) {
    process.stderr.write(`${failure.code}: ${failure.message}\n`);
    logger?.error('fatal', { code: failure.code, exit: failure.exit, error });
    logger?.flushNow();
    runDirectory?.writeFailure(failure);
  },
  exit: (status) => process.exit(status),
});

async function run(args: ServerArguments): Promise<void> {
  const { directory, pid } = args;
  const fileSystem = nodeFileSystem;
  const layout = new ClusterLayout({ directory, fileSystem });
  // S4: a node in the foreground does not outlive the command that shows it.
  if (args.hasParentChannel) {
    process.on('disconnect', () => {
      if (!isStopping) stop('parent gone');
    });
  }
  runDirectory = new RunDirectory(layout, pid);
  runDirectory.removeFailure();
  const { clusterId } = readClusterConfig({ fileSystem, path: layout.clusterFile });
  const config = loadNodeConfig({ fileSystem, layout, pid });
  logger = new FileLogger({ path: config.loggerFile, base: { node: pid } });
  const version = readVersion();
  logger.info('starting', { version, osPid: process.pid, isRecovery: args.isRecovery });
  const node = await ServerNode.open({
    layout,
    clusterId,
    config,
    runDirectory,
    version,
    logger,
    onFatal: fatal.end,
  });
  stopInGoodOrder(node, logger);
  await node.start();
  logger.info('started', { socket: layout.socketPath(pid) });
}

/** S1: while the node starts, nothing is under way that a kill could hurt (S2). */
let stop = (_reason: string): void => process.exit(EXIT.done);
let isStopping = false;

/** S1: the first signal ends the node in good order, the second at once. */
function stopInGoodOrder(node: ServerNode, log: FileLogger): void {
  stop = (reason) => {
    stop = () => process.exit(EXIT.failed);
    isStopping = true;
    log.info('stopping', { reason });
    setTimeout(() => {
      log.error('stop-timed-out', { graceMs: SHUTDOWN_GRACE_MS });
      log.flushNow();
      process.exit(EXIT.failed);
    }, SHUTDOWN_GRACE_MS).unref();
    node.stop().then(() => {
      log.info('stopped');
      log.flushNow();
      process.exit(EXIT.done);
    }, fatal.end);
  };
}

// D1: before anything is created.
process.umask(0o077);
process.on('SIGTERM', () => stop('SIGTERM'));
process.on('SIGINT', () => stop('SIGINT'));
process.on('uncaughtException', fatal.end);
process.on('unhandledRejection', fatal.end);
try {
  await run(parseServerArguments(process.argv.slice(2)));
} catch (error) {
  fatal.end(error);
}
