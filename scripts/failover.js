/**
 * How long writes stop when the leader dies or hangs, and whether a leader changes for no reason.
 *
 * A gap is the longest time between two acknowledged writes around the fault, under load. The
 * bounds are those that the project promises: a median of 300 ms after SIGKILL, four election
 * timeouts (and one for the phase) after SIGSTOP, and no change of leader under full load.
 *
 * npm run failover -- --crashes 20 --pauses 5 --load-seconds 60
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { runClosedLoop } from '../dist/core/load/index.js';
import { connectTo } from './lab/cluster-client.js';
import { createLab, withCleanup } from './lab/omnikv.js';
import { readOptions } from './lab/options.js';
import { realPorts } from './lab/real-ports.js';

const ELECTION_TIMEOUT_MS = 300;
const MAX_CRASH_GAP_MS = 300;
const MAX_PAUSE_GAP_MS = 5 * ELECTION_TIMEOUT_MS;
const GIVE_UP_MS = 20_000;

const options = readOptions({
  crashes: 20,
  pauses: 5,
  'load-seconds': 60,
  concurrency: 16,
  'load-concurrency': 256,
  json: false,
});

function say(text) {
  if (!options.json) process.stdout.write(`${text}\n`);
}

/** Writers that never stop, and the time of the last acknowledgement. */
class Writers {
  #isStopped = false;
  #lastMs = performance.now();
  #longestMs = 0;
  #count = 0;
  #done;

  constructor(client, concurrency) {
    this.#done = Promise.all(
      Array.from({ length: concurrency }, (_, worker) => this.#write(client, worker)),
    );
  }

  get count() {
    return this.#count;
  }

  /** Forgets earlier gaps. */
  mark() {
    this.#longestMs = 0;
  }

  /** The longest time without an acknowledgement since `mark`, a running one included. */
  longestGapMs() {
    return Math.max(this.#longestMs, performance.now() - this.#lastMs);
  }

  async stop() {
    this.#isStopped = true;
    await this.#done;
  }

  async #write(client, worker) {
    for (let value = 0n; !this.#isStopped; value++) {
      try {
        await client.put(`failover-${worker}`, value);
        const nowMs = performance.now();
        this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
        this.#lastMs = nowMs;
        this.#count += 1;
      } catch {
        await sleep(5);
      }
    }
  }
}

async function leaderOf(lab) {
  const deadlineMs = performance.now() + GIVE_UP_MS;
  for (;;) {
    const { nodes } = await lab.json(['status']);
    const leader = nodes.find((node) => node.role === 'leader' && node.state === 'running');
    if (leader !== undefined && nodes.every((node) => node.state === 'running')) return leader;
    if (performance.now() > deadlineMs) throw new Error('no healthy cluster in time');
    await sleep(100);
  }
}

/** Sends `signal` to the leader under load and waits until writes have gone on for a while. */
async function gapAfter(lab, writers, signal) {
  const leader = await leaderOf(lab);
  await sleep(500);
  writers.mark();
  const before = writers.count;
  process.kill(leader.osPid, signal);
  const deadlineMs = performance.now() + GIVE_UP_MS;
  // Answers under way may still arrive; the cluster is back when a thousand more have.
  while (writers.count < before + 1_000) {
    if (performance.now() > deadlineMs) throw new Error(`writes did not go on after ${signal}`);
    await sleep(5);
  }
  await sleep(700);
  return { gapMs: writers.longestGapMs(), leader };
}

async function recover(lab) {
  const answer = await lab.run(['recover']);
  if (answer.exit !== 0) throw new Error(`recover: ${answer.stderr}`);
}

function summarize(gapsMs) {
  const sorted = [...gapsMs].sort((a, b) => a - b);
  return {
    count: sorted.length,
    medianMs: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
    maxMs: sorted.at(-1) ?? 0,
  };
}

async function measureCrashes(lab, writers) {
  const gapsMs = [];
  for (let crash = 1; crash <= options.crashes; crash++) {
    const { gapMs, leader } = await gapAfter(lab, writers, 'SIGKILL');
    gapsMs.push(gapMs);
    say(`crash ${crash}: leader ${leader.pid}, writes stopped for ${Math.round(gapMs)} ms`);
    await recover(lab);
  }
  return summarize(gapsMs);
}

async function measurePauses(lab, writers) {
  const gapsMs = [];
  for (let pause = 1; pause <= options.pauses; pause++) {
    const leader = await leaderOf(lab);
    try {
      const { gapMs } = await gapAfter(lab, writers, 'SIGSTOP');
      gapsMs.push(gapMs);
      say(`pause ${pause}: leader ${leader.pid}, writes stopped for ${Math.round(gapMs)} ms`);
    } finally {
      process.kill(leader.osPid, 'SIGCONT');
    }
    await sleep(1_000);
  }
  return summarize(gapsMs);
}

async function ballotsOf(lab) {
  const { nodes } = await lab.json(['status']);
  return nodes.map((node) => `${node.pid}:${node.promise ?? node.ballot}`).join(' ');
}

async function measureFullLoad(lab) {
  await leaderOf(lab);
  const before = await ballotsOf(lab);
  const client = connectTo(lab.directory, { maxSessions: options['load-concurrency'] });
  const load = {
    operation: 'put',
    keyCount: 10_000,
    valueSizeBytes: 8,
    concurrency: options['load-concurrency'],
    durationMs: options['load-seconds'] * 1_000,
  };
  const report = await runClosedLoop(client, load, realPorts);
  client.close();
  const after = await ballotsOf(lab);
  say(`full load: ${Math.round(report.opsPerSecond)} puts/s; ballots ${before} → ${after}`);
  return { opsPerSecond: report.opsPerSecond, before, after, isStable: before === after };
}

async function run(lab) {
  for (const command of [['init', '--nodes', '3'], ['start']]) {
    const answer = await lab.run(command);
    if (answer.exit !== 0) throw new Error(`${command.join(' ')}: ${answer.stderr}`);
  }
  const { concurrency } = options;
  const client = connectTo(lab.directory, { deadlineMs: 5_000, maxSessions: concurrency });
  const writers = new Writers(client, concurrency);
  try {
    const crashes = await measureCrashes(lab, writers);
    const pauses = await measurePauses(lab, writers);
    await writers.stop();
    const fullLoad = options['load-seconds'] > 0 ? await measureFullLoad(lab) : undefined;
    return { crashes, pauses, fullLoad };
  } finally {
    await writers.stop();
    client.close();
  }
}

function failuresOf({ crashes, pauses, fullLoad }) {
  const failures = [];
  if (crashes.medianMs > MAX_CRASH_GAP_MS)
    failures.push(`median after SIGKILL: ${crashes.medianMs}`);
  if (pauses.maxMs > MAX_PAUSE_GAP_MS) failures.push(`longest after SIGSTOP: ${pauses.maxMs}`);
  if (fullLoad?.isStable === false) failures.push('the leader changed under full load');
  return failures;
}

const lab = await createLab('failover');
const report = await withCleanup(lab, () => run(lab));
const failures = failuresOf(report);
if (options.json) {
  process.stdout.write(`${JSON.stringify({ ok: failures.length === 0, ...report, failures })}\n`);
}
const round = Math.round;
say(`SIGKILL: median ${round(report.crashes.medianMs)} ms, max ${round(report.crashes.maxMs)} ms`);
say(`SIGSTOP: median ${round(report.pauses.medianMs)} ms, max ${round(report.pauses.maxMs)} ms`);
for (const failure of failures) process.stderr.write(`beyond the bound: ${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
