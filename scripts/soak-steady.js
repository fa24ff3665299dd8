/**
 * Steady load for minutes: does anything change that should not?
 *
 * Puts of 256 callers at a fixed rate. Checked: no election; memory of each node flat after warm-up
 * (last third of the samples against the second); open files constant; event loops never late (R6,
 * R7, R8). Then a recorded run, judged by omnikv check. The rate keeps the log below 10 GB a node.
 *
 * npm run soak:steady -- --minutes 10 --rate 20000
 */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterOf, connectTo } from './lab/cluster-client.js';
import { median, osPidsOf, sampleNodes } from './lab/node-samples.js';
import { createLab, withCleanup } from './lab/omnikv.js';
import { readOptions } from './lab/options.js';
import { PutLoad } from './lab/put-load.js';

const options = readOptions({
  minutes: 10,
  rate: 20_000,
  callers: 256,
  nodes: 3,
  'sample-seconds': 2,
  'record-seconds': 60,
  'record-keys': 256,
  json: false,
});
const MAX_GROWTH = 1.15;
const MAX_LOOP_DELAY_MS = 50;
/** A segment that is being prepared, or read for a follower, is open for a moment. */
const MAX_MORE_FILES = 2;
/** Below this share of the rate the load was not what was asked for. */
const MIN_RATE_SHARE = 0.9;

function say(text) {
  if (!options.json) process.stdout.write(`${text}\n`);
}

async function expectDone(lab, ...args) {
  const answer = await lab.run(args);
  if (answer.exit === 0) return answer.stdout.trim();
  throw new Error(
    `omnikv ${args.join(' ')} ended with ${answer.exit}: ${answer.stderr}${answer.stdout}`,
  );
}

async function collect(client, osPids, load) {
  const rounds = [];
  const endMs = performance.now() + options.minutes * 60_000;
  const startedMs = performance.now();
  load.start();
  while (performance.now() < endMs) {
    await sleep(options['sample-seconds'] * 1_000);
    rounds.push(await sampleNodes(client, osPids));
  }
  const rate = (load.count * 1_000) / (performance.now() - startedMs);
  await load.stop();
  return { rounds, rate };
}

/** What was seen, as lines of the table: each with what it is held to. */
function judge({ rounds, rate }, load) {
  const third = Math.floor(rounds.length / 3);
  const [second, last] = [rounds.slice(third, 2 * third), rounds.slice(2 * third)];
  const all = rounds.flat();
  const leaders = new Set(all.map((one) => one.leader));
  const ballots = new Set(all.map((one) => one.ballot));
  const worstMs = Math.max(...all.map((one) => one.loopDelayP99Ms ?? Number.POSITIVE_INFINITY));
  const lines = [
    line('puts a second', rate.toFixed(0), `≥ ${options.rate * MIN_RATE_SHARE}`, {
      holds: rate >= options.rate * MIN_RATE_SHARE,
    }),
    line('puts that failed', String(load.errors), '0', { holds: load.errors === 0 }),
    line('leaders seen', [...leaders].join(' '), 'one', { holds: leaders.size === 1 }),
    line('ballots seen', [...ballots].join(' '), 'one', { holds: ballots.size === 1 }),
    line('loop delay p99', `${worstMs.toFixed(1)} ms`, `< ${MAX_LOOP_DELAY_MS} ms`, {
      holds: worstMs < MAX_LOOP_DELAY_MS,
    }),
  ];
  for (const { pid } of rounds[0] ?? []) {
    const of = (part, name) => part.map((round) => round.find((one) => one.pid === pid)[name]);
    const [before, after] = [median(of(second, 'memoryMib')), median(of(last, 'memoryMib'))];
    const [few, many] = [Math.max(...of(second, 'files')), Math.max(...of(last, 'files'))];
    const memory = `${before.toFixed(0)} → ${after.toFixed(0)} MiB`;
    lines.push(
      line(`memory of node ${pid}`, memory, `× ${MAX_GROWTH}`, {
        holds: after <= before * MAX_GROWTH,
      }),
      line(`open files of node ${pid}`, `${few} → ${many}`, `+ ${MAX_MORE_FILES}`, {
        holds: many <= few + MAX_MORE_FILES,
      }),
    );
  }
  return lines;
}

function line(name, found, wanted, { holds }) {
  return { name, found, wanted, holds };
}

function render(lines) {
  const width = (field) => Math.max(...lines.map((each) => each[field].length));
  const [names, founds, wanteds] = ['name', 'found', 'wanted'].map(width);
  for (const { name, found, wanted, holds } of lines) {
    const cells = [name.padEnd(names), found.padEnd(founds), wanted.padEnd(wanteds)];
    say(`${cells.join('  ')}  ${holds ? 'holds' : 'DOES NOT HOLD'}`);
  }
}

async function judgeRecorded(lab) {
  const history = join(lab.directory, 'history.ndjson');
  const callers = ['--op', 'mixed', '--concurrency', String(options.callers)];
  const keys = ['--keys', String(options['record-keys']), '--timeout', '10s'];
  const duration = ['--duration', `${options['record-seconds']}s`, '--record', history];
  await expectDone(lab, 'bench', ...callers, ...keys, ...duration);
  const verdict = await lab.run(['check', history, '--timeout', '10m']);
  const [first = '', ...details] = verdict.stdout.trim().split('\n');
  if (verdict.exit !== 0) say([...details, verdict.stderr].join('\n'));
  return line(`history of ${options['record-seconds']} s`, first, 'VALID', {
    holds: verdict.exit === 0,
  });
}

async function run(lab) {
  await expectDone(lab, 'init', '--nodes', String(options.nodes));
  await expectDone(lab, 'start');
  const { pids } = clusterOf(lab.directory);
  const client = connectTo(lab.directory, { deadlineMs: 10_000, maxSessions: options.callers });
  // Its questions must not wait behind the load's.
  const observer = connectTo(lab.directory, { deadlineMs: 2_000 });
  const load = new PutLoad(client, { callers: options.callers, rate: options.rate });
  try {
    const seen = await collect(observer, await osPidsOf(observer, pids), load);
    if (load.firstError !== undefined) say(`first error: ${load.firstError}`);
    return [...judge(seen, load), await judgeRecorded(lab)];
  } finally {
    client.close();
    observer.close();
  }
}

say(
  `steady load: ${options.minutes} min, ${options.callers} callers, ${options.rate} puts/s, ` +
    `${options.nodes} nodes`,
);
const lab = await createLab('steady');
try {
  const lines = await withCleanup(lab, () => run(lab));
  render(lines);
  const ok = lines.every((each) => each.holds);
  if (options.json) process.stdout.write(`${JSON.stringify({ ok, lines })}\n`);
  if (!ok) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
}
