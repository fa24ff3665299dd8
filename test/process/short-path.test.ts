/**
 * The short path and oclif answer alike: byte by byte on both streams, and by their exit status.
 */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MuteSocket } from '../support/mute-socket.js';
import { TempCluster } from '../support/temp-cluster.js';

const cluster = new TempCluster('', { process: 'own' });
afterAll(async () => await cluster.dispose());

beforeAll(async () => {
  await cluster.ok('init', '--nodes', '3');
  await cluster.ok('start');
});

interface Seen {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `--timeout` is none of the flags that the short path knows. */
const BY_OCLIF = ['--timeout', '5s'];

async function seen(args: readonly string[], directory = '.'): Promise<Seen> {
  const { status, stdout, stderr } = await cluster.run(args, {
    environment: { OMNIKV_DIR: directory },
  });
  // Versions count the entries of the log, and each side writes its own.
  const plain = (text: string): string => text.replaceAll(/(version"?[: ])\d+/g, '$10');
  return { status, stdout: plain(stdout), stderr: plain(stderr) };
}

/** Each time after the same preparation. */
async function expectAlike(args: readonly string[], before: readonly string[] = []): Promise<Seen> {
  if (before.length > 0) await cluster.ok(...before);
  const short = await seen(args);
  if (before.length > 0) await cluster.ok(...before);
  const [verb = '', ...rest] = args;
  expect(short, args.join(' ')).toEqual(await seen([verb, ...BY_OCLIF, ...rest]));
  return short;
}

async function fourAtATime<T>(items: readonly T[], look: (item: T) => Promise<void>) {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await look(item);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
}

describe('a plain command', () => {
  const odd = ['key', 'a b', `'"`, '😀', 'ü', '$(x)', 'a\nb', 'x'.repeat(1_024)];
  it('is answered alike, whatever the key', async () => {
    await fourAtATime(odd, async (key) => {
      for (const more of [[], ['--json']]) {
        expect((await expectAlike(['put', key, '5', ...more])).status).toBe(0);
        expect((await expectAlike(['get', key, ...more])).status).toBe(0);
      }
    });
  });

  it('changes what it says it changes', async () => {
    for (const json of [[], ['--json']]) {
      expect((await expectAlike(['incr', 'n', ...json], ['put', 'n', '4'])).status).toBe(0);
      expect((await expectAlike(['incr', 'n', '10', ...json], ['put', 'n', '4'])).status).toBe(0);
      expect((await expectAlike(['cas', 'n', '4', '6', ...json], ['put', 'n', '4'])).status).toBe(
        0,
      );
      expect((await expectAlike(['del', 'n', 'm', ...json], ['put', 'n', '4'])).status).toBe(0);
    }
    await cluster.ok('put', 'n', '4');
    await cluster.ok('incr', 'n', '38');
    expect(await cluster.ok('get', 'n')).toBe('42');
  });

  it('prints text and bytes alike', async () => {
    await cluster.ok('put', 'text', 'hello\u0007', '--text');
    await cluster.run(['put', 'bytes', '-'], { input: Uint8Array.from([0, 255, 7]) });
    for (const key of ['text', 'bytes']) {
      await expectAlike(['get', key]);
      await expectAlike(['get', key, '--json']);
    }
  });
});

describe('what is not plain', () => {
  const commands: readonly (readonly string[])[] = [
    ['get'],
    ['get', 'a', 'b'],
    ['get', ''],
    ['get', 'missing'],
    ['get', 'missing', '--default', '7'],
    ['get', 'x'.repeat(1_025)],
    ['put', 'a'],
    ['put', 'a', '-5'],
    ['put', 'a', '007'],
    ['put', 'a', 'five'],
    ['put', 'a', '18446744073709551616'],
    ['put', 'a', '1', '2'],
    ['put', 'a', '--', '-5'],
    ['put', 'a', '5', '--dir'],
    ['put', 'a', '5', '--unknown'],
    ['incr', 'a', 'x'],
    ['cas', 'a', '1'],
    ['del'],
  ];
  it('is answered alike', async () => {
    await fourAtATime(commands, async (args) => {
      await expectAlike(args);
    });
    await expectAlike(['incr', 'words'], ['put', 'words', 'text', '--text']);
    await expectAlike(['incr', 'full'], ['put', 'full', '18446744073709551615']);
    await expectAlike(['cas', 'n', '1', '2', '--json'], ['put', 'n', '4']);
  });

  it('names the directory that is none alike', async () => {
    for (const directory of ['nowhere', '/']) {
      expect(await seen(['get', 'k'], directory)).toEqual(
        await seen(['get', ...BY_OCLIF, 'k'], directory),
      );
    }
    const short = await cluster.run(['get', 'k', '--dir=']);
    expect(short.stderr).toContain('--dir is empty');
  });
});

describe('where the short path gets no answer', () => {
  let leader: MuteSocket;
  beforeEach(async () => {
    const { leader: pid } = await cluster.json('leader');
    leader = await MuteSocket.before(cluster.path('run', `node${pid as number}.sock`));
  });
  afterEach(() => leader.restore());

  it('C5: a change goes on under its request id, and takes effect once', async () => {
    await cluster.ok('put', 'slow', '0');
    let sum = 0n;
    // On a busy machine the patience may end before the request is on its way.
    do {
      leader.mute();
      sum += 1n;
      expect(await cluster.ok('incr', 'slow')).toBe(String(sum));
    } while (leader.answersKept === 0);
    expect(await cluster.ok('get', 'slow')).toBe(String(sum));
  });
});
