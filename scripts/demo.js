/**
 * The demo: does the whole job on three real processes, and shows each command and its answer.
 *
 * Every answer is compared; the first difference ends the demo with status 1. It works in a
 * temporary directory whose name has a space and a letter beyond ASCII, and removes everything
 * at the end, also on Ctrl-C.
 *
 * npm run demo
 */

import { connectTo, readAll } from './lab/cluster-client.js';
import { createLab, processesOf, withCleanup } from './lab/omnikv.js';

const PUT_COUNT = 1_000;
const CONCURRENCY = 16;
const MAX = '18446744073709551615';

class Difference extends Error {}

function title(text) {
  process.stdout.write(`\n# ${text}\n`);
}

function show(text) {
  for (const line of text.split('\n').filter((line) => line !== '')) {
    process.stdout.write(`${line}\n`);
  }
}

/**
 * Runs one command line of omnikv commands joined by `&&`, shows it, and compares.
 *
 * @param {{ answer?: string, exit?: number }} expected `answer`: exactly what stdout must say
 */
async function step(lab, line, expected = {}) {
  process.stdout.write(`$ ${line}\n`);
  for (const command of line.split(' && ')) {
    const answer = await lab.run(command.split(' ').slice(1));
    show(answer.stdout);
    show(answer.stderr);
    const exit = expected.exit ?? 0;
    if (answer.exit !== exit) {
      throw new Difference(`${command}: exit status ${answer.exit}, expected ${exit}`);
    }
    if (expected.answer !== undefined && answer.stdout !== `${expected.answer}\n`) {
      throw new Difference(`${command}: expected the answer ${expected.answer}`);
    }
  }
}

/** Keys and values that nobody would guess right by luck. */
function valueOf(index) {
  return 10_000_000_000_000_000_000n + BigInt(index) * 1_000_003n;
}

/** Puts at a concurrency, until one gets no answer; gives those that were acknowledged. */
async function putMany(client, onAcknowledged) {
  const acknowledged = new Map();
  let unanswered = 0;
  let next = 0;
  const caller = async () => {
    while (next < PUT_COUNT && unanswered === 0) {
      const index = next++;
      try {
        await client.put(`thousand-${index}`, valueOf(index));
        acknowledged.set(`thousand-${index}`, valueOf(index));
        onAcknowledged(acknowledged.size);
      } catch {
        unanswered += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, caller));
  return { acknowledged, unanswered };
}

/** In the middle of a turn of this program's event loop: no command would be quick enough. */
function killAll(osPids) {
  process.stdout.write(`$ kill -KILL ${osPids.join(' ')}\n`);
  for (const osPid of osPids) process.kill(osPid, 'SIGKILL');
}

async function crashInTheMiddle(lab) {
  const { nodes } = await lab.json(['status']);
  const osPids = nodes.map((node) => node.osPid);
  process.stdout.write(`${PUT_COUNT} puts, ${CONCURRENCY} at a time; after 300 answers:\n`);
  const client = connectTo(lab.directory, { deadlineMs: 1_500, maxSessions: CONCURRENCY });
  const { acknowledged, unanswered } = await putMany(client, (count) => {
    if (count === 300) killAll(osPids);
  });
  client.close();
  process.stdout.write(`${acknowledged.size} acknowledged, ${unanswered} without an answer\n`);
  if (acknowledged.size === PUT_COUNT) throw new Difference('the crash came too late');
  await step(lab, 'omnikv recover');
  const reader = connectTo(lab.directory, {});
  const found = await readAll(reader, 'thousand-');
  reader.close();
  for (const [key, value] of acknowledged) {
    if (found.get(key) !== value) throw new Difference(`${key}: ${found.get(key)}, not ${value}`);
  }
  for (const [key, value] of found) {
    const index = Number(key.slice('thousand-'.length));
    if (value !== valueOf(index)) throw new Difference(`${key} holds ${value}`);
  }
  process.stdout.write(`all ${acknowledged.size} acknowledged puts are there, every value exact\n`);
}

async function run(lab) {
  title('A cluster of three real processes');
  await step(lab, 'omnikv init --nodes 3');
  await step(lab, 'omnikv start');
  await step(lab, 'omnikv put key 5');
  await step(lab, 'omnikv get key', { answer: '5' });
  await step(lab, `omnikv put big ${MAX}`);
  await step(lab, 'omnikv get big', { answer: MAX });

  title('One node is killed (SIGKILL) and comes back');
  await step(lab, 'omnikv crash 2 && omnikv recover 2');
  await step(lab, 'omnikv get key', { answer: '5' });

  title('The leader is killed: the others elect a new one');
  await step(lab, 'omnikv crash leader');
  await step(lab, 'omnikv put key 6');
  await step(lab, 'omnikv status', { exit: 3 });
  await step(lab, 'omnikv recover');
  await step(lab, 'omnikv get key', { answer: '6' });

  title('Two nodes are killed: no majority, no answer, and nothing is made up');
  await step(lab, 'omnikv crash 1');
  await step(lab, 'omnikv crash 3');
  await step(lab, 'omnikv get key --timeout 1s', { exit: 69 });
  await step(lab, 'omnikv recover');
  await step(lab, 'omnikv get key', { answer: '6' });

  title('All three are killed at once in the middle of a thousand puts');
  await crashInTheMiddle(lab);

  title('Stopped, started, and still there');
  await step(lab, 'omnikv stop && omnikv start');
  await step(lab, 'omnikv get key', { answer: '6' });
  await step(lab, 'omnikv get big', { answer: MAX });
  await step(lab, 'omnikv incr key 36', { answer: '42' });
  await step(lab, 'omnikv status');
  await step(lab, 'omnikv stop');

  const left = await processesOf(lab.directory);
  if (left.length > 0) throw new Difference(`still running: ${left.map((p) => p.osPid).join()}`);
}

const startedMs = performance.now();
const lab = await createLab('omnikv démo');
process.stdout.write(`Working in ${lab.directory}\n`);
try {
  await withCleanup(lab, () => run(lab));
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  process.stdout.write(`\nThe job is done (${seconds} s). Everything is stopped and removed.\n`);
} catch (error) {
  const text = error instanceof Difference ? error.message : error.stack;
  process.stderr.write(`\nDIFFERENT: ${text}\n`);
  process.exitCode = 1;
}
