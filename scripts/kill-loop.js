/**
 * The kill loop: rounds of {load; SIGKILL a random node, every fifth round all; recover}.
 *
 * Checked after each round: every acknowledged put is there with its exact value, the counter lies
 * between the acknowledged increments and those plus the unknown ones, reads were never stale, and
 * all nodes hold the same state. At the end: no process and no socket is left.
 *
 * npm run soak:kill -- --rounds 50 --seed 7
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { CheckedLoad } from '../dist/core/load/index.js';
import { clusterOf, connectTo, readAll } from './lab/cluster-client.js';
import { realPorts } from './lab/real-ports.js';
import { createLab, processesOf, socketsOf, withCleanup } from './lab/omnikv.js';
import { readOptions } from './lab/options.js';
import { between, seededRandom } from './lab/seeded-random.js';

const options = readOptions({
  rounds: 50,
  nodes: 3,
  concurrency: 16,
  'all-every': 5,
  seed: String(Date.now() % 1_000_000),
  json: false,
});
const random = seededRandom(options.seed);
const KEY_PREFIX = 'kill-';

function say(text) {
  if (!options.json) process.stdout.write(`${text}\n`);
}

async function expectDone(lab, ...args) {
  const answer = await lab.run(args);
  if (answer.exit !== 0) {
    throw new Error(`omnikv ${args.join(' ')} ended with ${answer.exit}: ${answer.stderr}`);
  }
}

async function nodesOf(lab) {
  const status = await lab.json(['status']);
  if (!Array.isArray(status.nodes)) throw new Error(`status: ${JSON.stringify(status)}`);
  return status.nodes;
}

/** Undefined while a node does not answer yet: a client waits a little between two attempts. */
async function statesOf(client, pids) {
  try {
    return await Promise.all(pids.map((pid) => client.status(pid)));
  } catch (error) {
    if (error.code !== 'OMNIKV_NODE_DOWN') throw error;
    return undefined;
  }
}

/** All nodes reach the same length and show the same digest of their state. */
async function waitForEqualStates(client, pids) {
  const deadlineMs = performance.now() + 20_000;
  for (;;) {
    const states = await statesOf(client, pids);
    if (states && new Set(states.map((state) => state.appliedIdx)).size === 1) {
      const digests = new Set(states.map((state) => state.digest));
      if (digests.size === 1 && !digests.has(undefined)) return;
      throw new Error(`equal lengths, different states: ${[...digests].join(' ')}`);
    }
    if (performance.now() > deadlineMs) {
      const lengths = states?.map((state) => `${state.pid}:${state.appliedIdx}`);
      throw new Error(`the nodes do not reach the same length: ${lengths?.join(' ')}`);
    }
    await sleep(20);
  }
}

async function checkStore(client, load, pids) {
  const problems = [];
  load.ledger.check(await readAll(client, KEY_PREFIX), load.counterKey);
  problems.push(...load.ledger.counts().violations);
  await waitForEqualStates(client, pids).catch((error) => problems.push(error.message));
  return problems;
}

/** Victims die while the load runs; it goes on over the crash, the recovery and a little after. */
async function runRound({ lab, client, load, round, pids }) {
  const isAll = round % options['all-every'] === 0;
  const victim = isAll ? 'all' : String(pids[between(random, 0, pids.length - 1)]);
  const before = await nodesOf(lab);
  const leader = before.find((node) => node.role === 'leader')?.pid;
  load.start();
  await sleep(between(random, 50, 500));
  await expectDone(lab, 'crash', victim);
  await sleep(between(random, 0, 300));
  const startedMs = performance.now();
  await expectDone(lab, 'recover');
  const recoveredMs = Math.round(performance.now() - startedMs);
  await sleep(between(random, 50, 300));
  await load.stop();
  const problems = await checkStore(client, load, pids);
  const { acknowledged, unknown } = load.ledger.counts();
  const who = isAll ? 'all nodes' : `node ${victim}${Number(victim) === leader ? ' (leader)' : ''}`;
  say(
    `round ${round}/${options.rounds}: killed ${who}, recovered in ${recoveredMs} ms; so far ` +
      `${acknowledged} acknowledged, ${unknown} unknown, ${load.failedCount} refused`,
  );
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

async function checkLeftovers(lab) {
  const processes = await processesOf(lab.directory);
  const sockets = await socketsOf(lab.directory);
  const left = [
    ...processes.map((process) => `process ${process.osPid}: ${process.command}`),
    ...sockets.map((socket) => `socket ${socket}`),
  ];
  if (left.length > 0) throw new Error(`left behind: ${left.join('; ')}`);
}

async function run(lab) {
  await expectDone(lab, 'init', '--nodes', String(options.nodes));
  await expectDone(lab, 'start');
  const { pids } = clusterOf(lab.directory);
  const clientOptions = { deadlineMs: 10_000, maxSessions: options.concurrency };
  const client = connectTo(lab.directory, clientOptions);
  const loadOptions = { concurrency: options.concurrency, keyPrefix: KEY_PREFIX };
  const load = new CheckedLoad(client, loadOptions, {
    ...realPorts,
    random: { ...realPorts.random, fraction: random },
  });
  try {
    for (let round = 1; round <= options.rounds; round++) {
      await runRound({ lab, client, load, round, pids });
    }
  } finally {
    client.close();
  }
  await expectDone(lab, 'stop');
  await checkLeftovers(lab);
  return load.ledger.counts();
}

say(`kill loop: ${options.rounds} rounds on ${options.nodes} nodes, seed ${options.seed}`);
const lab = await createLab('kill loop');
try {
  const counts = await withCleanup(lab, () => run(lab));
  const summary = { rounds: options.rounds, seed: options.seed, ...counts };
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: true, ...summary })}\n`);
  say(
    `${options.rounds} rounds: ${counts.acknowledged} acknowledged writes, none lost, none ` +
      `doubled; ${counts.unknown} unknown; no process and no socket left`,
  );
} catch (error) {
  process.stderr.write(`seed ${options.seed}: ${error.stack}\n`);
  process.exitCode = 1;
}
