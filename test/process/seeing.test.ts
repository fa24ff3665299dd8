/**
 * Seeing a real cluster: status --watch, top and why, while nodes go down and links are cut.
 */

import { spawn } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RUN_JS, cliEnvironment } from '../support/cli.js';
import { TempCluster } from '../support/temp-cluster.js';

const cluster = new TempCluster();
beforeAll(async () => {
  await cluster.ok('init', '--nodes', '3');
  await cluster.ok('start');
});
beforeEach(async () => {
  await cluster.ok('heal');
  await cluster.ok('recover');
  await cluster.ok('wait', '--for', 'synced', '--timeout', '20s');
});
afterAll(async () => await cluster.dispose());

/** A command that goes on until it is told to stop. */
class Watching {
  readonly #child;
  #output = '';

  constructor(...args: readonly string[]) {
    this.#child = spawn(process.execPath, [RUN_JS, ...args], {
      cwd: cluster.directory,
      env: cliEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
  }

  async shows(text: RegExp): Promise<void> {
    await expect.poll(() => this.#output, { timeout: 20_000 }).toMatch(text);
  }

  async interrupt(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.#child.on('close', resolve));
    this.#child.kill('SIGINT');
    return await ended;
  }
}

/** As it is some heartbeat rounds later. */
async function eventually(args: readonly string[], text: RegExp): Promise<void> {
  const look = async () => (await cluster.run(args)).stdout;
  await expect.poll(look, { timeout: 20_000 }).toMatch(text);
}

async function leader(): Promise<number> {
  return (await cluster.json('leader')).leader as number;
}

describe('top', () => {
  it('tells of nodes that go down and come back, and of the next leader with the reason', async () => {
    const old = await leader();
    const top = new Watching('top', '--interval', '100ms');
    await top.shows(new RegExp(`node ${old} leads`));
    await cluster.ok('crash', String(old));
    await top.shows(new RegExp(`node ${old} is down`));
    // One event, or two where a picture was taken in between.
    const atOnce = `node \\d leads in ballot \\d+ after node ${old}: node ${old} is down`;
    const inSteps = `node ${old} leads no more: node ${old} is down[^]*node \\d leads in ballot`;
    await top.shows(new RegExp(`${atOnce}|${inSteps}`));
    await cluster.ok('recover');
    await top.shows(new RegExp(`node ${old} is back`));
    expect(await top.interrupt()).toBe(130);
  });

  it('tells of links that are cut and healed, and ends after --for with what it saw', async () => {
    const top = new Watching('top', '--interval', '100ms');
    await top.shows(/leads/);
    await cluster.ok('cut', '1>2');
    await top.shows(/link 1>2 cut/);
    await cluster.ok('heal');
    await top.shows(/link 1>2 healed/);
    expect(await top.interrupt()).toBe(130);
    const short = await cluster.json('top', '--for', '300ms', '--interval', '100ms');
    expect(short).toMatchObject({ ok: true, leader: await leader(), eventCount: 0 });
  });
});

describe('status', () => {
  it('--watch draws one picture a change where no terminal reads', async () => {
    const watch = new Watching('status', '--watch', '--interval', '100ms');
    await watch.shows(/all well/);
    await cluster.ok('crash', 'random');
    await watch.shows(/✗ \d {5}down[^]*node \d leads[^]*is down\n/);
    expect(await watch.interrupt()).toBe(130);
    const degraded = await cluster.run(['status', '--watch', '--for', '200ms']);
    expect(degraded.status).toBe(3);
  });

  it('shows the matrix of links and the sentence where a link is cut, exit 3', async () => {
    const lead = await leader();
    const [a, b] = [1, 2, 3].filter((pid) => pid !== lead);
    await cluster.ok('cut', `${a}-${b}`);
    await eventually(['status'], new RegExp(`link ${a}-${b} is cut, and every running node hears`));
    const { status, stdout } = await cluster.run(['status']);
    expect(status).toBe(3);
    expect(stdout).toMatch(/^FROM\\TO/m);
    await cluster.ok('heal');
    await eventually(['status'], /3 of 3 nodes run/);
  });

  it('refuses --for without --watch (U5)', async () => {
    expect((await cluster.run(['status', '--for', '1s'])).status).toBe(64);
  });
});

describe('why', () => {
  it('leader names who answers and follows', async () => {
    const lead = await leader();
    const lines = await cluster.ok('why', 'leader');
    expect(lines).toMatch(new RegExp(`^node ${lead} leads in ballot \\d+ `));
    expect(lines.match(/answers its heartbeats and follows it/g)).toHaveLength(2);
  });

  it('stuck names the smallest remedies, and what it says works', async () => {
    expect(await cluster.ok('why', 'stuck')).toMatch(/^not stuck/);
    await cluster.ok('crash', '1,2');
    const why = await cluster.json('why', 'stuck');
    expect(why).toMatchObject({ isStuck: true, down: [1, 2], status: 69 });
    const suggestion = why.error?.suggestions[0] ?? '';
    expect(suggestion).toMatch(/^omnikv recover [12]$/);
    await cluster.ok(...suggestion.split(' ').slice(1));
    await eventually(['why', 'stuck'], /^not stuck: node \d leads/);
  });

  it('stuck names the links of a cluster that is split into single nodes', async () => {
    await cluster.ok('split', '1/2/3');
    await eventually(['why', 'stuck'], /^stuck[^]*omnikv heal 1-2/);
    expect((await cluster.run(['why', 'leader'])).status).toBe(69);
    await cluster.ok('heal', '1-2');
    await eventually(['why', 'stuck'], /^not stuck: node [12] leads/);
  });
});
