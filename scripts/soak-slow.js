/**
 * The slow among the fast: what a client that never reads, a paused follower and a slow follower
 * cost the rest (R3, R4, R6).
 *
 * In turns, undisturbed and disturbed, so that a machine that changes its pace meets both alike.
 * Checked for each: the rest keeps 80 % of its throughput, no node's memory passes what its queues
 * may hold, the slow one catches up within a minute, and in the end all states are equal.
 *
 * npm run soak:slow -- --seconds 60 --turns 2
 */

import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { clusterOf, connectTo } from './lab/cluster-client.js';
import { memoryOf, osPidsOf, waitUntilLevel } from './lab/node-samples.js';
import { createLab, killIfAlive, withCleanup } from './lab/omnikv.js';
import { readOptions } from './lab/options.js';
import { PutLoad } from './lab/put-load.js';

const options = readOptions({
  seconds: 10,
  turns: 2,
  callers: 128,
  'value-size': 100,
  nodes: 3,
  only: '',
  json: false,
});
const MIN_SHARE = 0.8;
/** Send buffers of 24 MiB, a window, a chunk on its way in and out, and the garbage of them. */
const MAX_MORE_MEMORY_MIB = 192;
const CATCH_UP_MS = 60_000;
const SAMPLE_MS = 200;
const SLOW_CYCLE_MS = 100;
const SLOW_RUNS_MS = 10;
const LARGE_KEY = 'large';
const SILENT_CLIENT = fileURLToPath(new URL('lab/silent-client.js', import.meta.url));

function say(text) {
  if (!options.json) process.stdout.write(`${text}\n`);
}

async function expectDone(lab, ...args) {
  const answer = await lab.run(args);
  if (answer.exit === 0) return answer.stdout.trim();
  throw new Error(`omnikv ${args.join(' ')} ended with ${answer.exit}: ${answer.stderr}`);
}

async function leaderOf(client, pids) {
  const statuses = await Promise.all(pids.map((pid) => client.status(pid)));
  const leader = statuses.find((status) => status.isServing)?.pid;
  if (leader === undefined) throw new Error('nobody serves');
  return leader;
}

async function followerProcess({ observer, pids, osPids }) {
  const leader = await leaderOf(observer, pids);
  return osPids.get(pids.find((pid) => pid !== leader));
}

/** Each begins and gives back how to end. Its end says what is worth telling. */
const DISTURBANCES = {
  'a client that never reads': async ({ cluster, observer, pids }) => {
    const leader = await leaderOf(observer, pids);
    const path = cluster.layout.socketPath(leader);
    const child = fork(SILENT_CLIENT, [path, cluster.clusterId, String(leader), LARGE_KEY]);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    return async () => {
      const told = new Promise((resolve) => child.once('message', resolve));
      child.send('how much');
      const { asked, connections } = await Promise.race([told, ended.then(() => ({}))]);
      child.kill('SIGKILL');
      await ended;
      return `${asked} gets of 1 MiB over ${connections} connections`;
    };
  },
  'a paused follower': async (world) => {
    const osPid = await followerProcess(world);
    process.kill(osPid, 'SIGSTOP');
    return async () => {
      killIfAlive(osPid, 'SIGCONT');
      return await Promise.resolve('');
    };
  },
  'a follower ten times slower': async (world) => {
    const osPid = await followerProcess(world);
    let isSlow = true;
    const cycle = async () => {
      while (isSlow) {
        killIfAlive(osPid, 'SIGSTOP');
        await sleep(SLOW_CYCLE_MS - SLOW_RUNS_MS);
        killIfAlive(osPid, 'SIGCONT');
        await sleep(SLOW_RUNS_MS);
      }
    };
    const done = cycle();
    return async () => {
      isSlow = false;
      await done;
      return '';
    };
  },
};

async function phase({ client, osPids }) {
  const load = new PutLoad(client, {
    callers: options.callers,
    valueSizeBytes: options['value-size'],
  });
  let peakMib = 0;
  let isOver = false;
  const watch = async () => {
    while (!isOver) {
      peakMib = Math.max(peakMib, ...(await memoryOf(osPids)).values());
      await sleep(SAMPLE_MS);
    }
  };
  const watched = watch();
  try {
    const perSecond = await load.run(options.seconds * 1_000);
    return { perSecond, errors: load.errors, firstError: load.firstError, peakMib };
  } finally {
    isOver = true;
    await watched;
  }
}

async function disturbed(world, begin) {
  const end = await begin(world);
  let note;
  let result;
  try {
    result = await phase(world);
  } finally {
    note = await end();
  }
  const lagAfter = await waitUntilLevel(world.observer, world.pids, CATCH_UP_MS);
  const peakMib = Math.max(result.peakMib, ...(await memoryOf(world.osPids)).values());
  return { ...result, peakMib, note, catchUpMs: lagAfter };
}

async function compare(world, name) {
  const [calm, rough] = [[], []];
  for (let turn = 0; turn < options.turns; turn++) {
    calm.push(await phase(world));
    await waitUntilLevel(world.observer, world.pids, CATCH_UP_MS);
    rough.push(await disturbed(world, DISTURBANCES[name]));
  }
  const mean = (phases) => phases.reduce((sum, each) => sum + each.perSecond, 0) / phases.length;
  const peak = (phases) => Math.max(...phases.map((each) => each.peakMib));
  const share = mean(rough) / mean(calm);
  const moreMib = peak(rough) - peak(calm);
  const errors = rough.reduce((sum, each) => sum + each.errors, 0);
  const catchUpMs = Math.max(...rough.map((each) => each.catchUpMs));
  const ok = share >= MIN_SHARE && moreMib <= MAX_MORE_MEMORY_MIB && errors === 0;
  say(
    `${name}: ${mean(calm).toFixed(0)} → ${mean(rough).toFixed(0)} puts/s (${share.toFixed(2)}), ` +
      `memory at most ${peak(calm).toFixed(0)} → ${peak(rough).toFixed(0)} MiB, ` +
      `${errors} failed, level again after ${catchUpMs.toFixed(0)} ms ` +
      `${ok ? 'holds' : 'DOES NOT HOLD'}`,
  );
  const rates = (phases) => phases.map((each) => each.perSecond.toFixed(0)).join(' ');
  say(`  by turns: ${rates(calm)} undisturbed, ${rates(rough)} disturbed`);
  for (const { note, firstError } of rough) {
    if (note !== undefined && note !== '') say(`  ${note}`);
    if (firstError !== undefined) say(`  first error: ${firstError}`);
  }
  return { name, ok, share, moreMib, errors, catchUpMs };
}

async function run(lab) {
  await expectDone(lab, 'init', '--nodes', String(options.nodes));
  await expectDone(lab, 'start');
  const cluster = clusterOf(lab.directory);
  const { pids } = cluster;
  const client = connectTo(lab.directory, { deadlineMs: 10_000, maxSessions: options.callers });
  const observer = connectTo(lab.directory, { deadlineMs: 5_000 });
  const results = [];
  try {
    await client.put(LARGE_KEY, { kind: 'bytes', value: new Uint8Array(1_048_576).fill(7) });
    const osPids = await osPidsOf(observer, pids);
    const world = { cluster, pids, client, observer, osPids };
    // Caches, compiled code, first segments.
    await phase(world);
    for (const name of Object.keys(DISTURBANCES)) {
      if (name.includes(options.only)) results.push(await compare(world, name));
    }
  } finally {
    client.close();
    observer.close();
  }
  say(await expectDone(lab, 'verify', '--timeout', '30s'));
  return results;
}

say(`slow ones: ${options.turns} turns of ${options.seconds} s each, ${options.callers} callers`);
const lab = await createLab('slow');
try {
  const results = await withCleanup(lab, () => run(lab));
  const ok = results.every((each) => each.ok);
  if (options.json) process.stdout.write(`${JSON.stringify({ ok, results })}\n`);
  if (!ok) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
}
