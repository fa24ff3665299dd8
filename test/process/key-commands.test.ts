/**
 * The commands on keys: what they print, their exit statuses, values of all kinds, retries.
 */

import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TempCluster } from '../support/temp-cluster.js';

const MAX_U64 = '18446744073709551615';
const cluster = new TempCluster();
afterAll(async () => await cluster.dispose());

beforeAll(async () => {
  await cluster.ok('init', '--nodes', '3');
  await cluster.ok('start');
});

// Tests of different keys run side by side: each waits mostly for processes to start.
describe.concurrent('put and get', () => {
  it('keep every u64 exact, in text and in JSON', async () => {
    for (const value of ['9007199254740993', MAX_U64]) {
      expect(await cluster.ok('put', 'exact', value)).toBe('');
      expect(await cluster.ok('get', 'exact')).toBe(value);
      const { value: found } = await cluster.json('get', 'exact');
      expect(found).toMatchObject({ kind: 'u64', value });
    }
  });

  it('keep text as text: 007 and 5 are never made numbers', async () => {
    for (const text of ['007', '', ' a\tb\nc ', '😀', '--json']) {
      await cluster.ok('put', '--text', '--', 'text', text);
      const { value } = await cluster.json('get', 'text');
      expect(value).toMatchObject({ kind: 'text', value: text });
      expect(await cluster.ok('get', 'text')).toBe(text);
    }
  });

  it('keep bytes from a file and from standard input exactly', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256));
    writeFileSync(cluster.path('value.bin'), bytes);
    await cluster.ok('put', 'bytes', '--file', 'value.bin');
    expect((await cluster.run(['get', 'bytes'])).stdoutBytes).toEqual(bytes);
    await cluster.run(['put', 'piped', '-'], { input: bytes });
    expect((await cluster.run(['get', 'piped'])).stdoutBytes).toEqual(bytes);
    const { value } = await cluster.json('get', 'piped');
    expect(value).toMatchObject({ kind: 'bytes', value: bytes.toString('base64') });
    await cluster.run(['put', 'piped', '--text', '-'], { input: 'ñ\n' });
    expect((await cluster.json('get', 'piped')).value).toMatchObject({
      kind: 'text',
      value: 'ñ\n',
    });
  });

  it('take a value of 1 MiB and refuse one byte more', async () => {
    const large = Buffer.alloc(1_048_576, 7);
    expect((await cluster.run(['put', 'large', '-'], { input: large })).status).toBe(0);
    expect((await cluster.run(['get', 'large'])).stdoutBytes.equals(large)).toBe(true);
    const input = Buffer.alloc(1_048_577, 7);
    const refused = await cluster.run(['put', 'large', '-'], { input });
    expect(refused.status).toBe(64);
    expect(refused.stderr).toContain('OMNIKV_VALUE_TOO_LARGE');
  });

  it('take any key: spaces, quotes, letters of all kinds, a dash, 1024 bytes', async () => {
    const keys = [`"it's" a b`, 'größe 😀', '\u0001', '__proto__', 'a=b:c', 'log'];
    for (const [index, key] of [...keys, 'k'.repeat(1024)].entries()) {
      await cluster.ok('put', key, String(index));
      expect(await cluster.ok('get', key)).toBe(String(index));
    }
    await cluster.ok('put', '--', '-k', '1');
    expect(await cluster.ok('get', '--', '-k')).toBe('1');
  });

  it('answer a missing key with exit 4, or with the default', async () => {
    const missing = await cluster.json('get', 'nothing here');
    expect(missing.status).toBe(4);
    expect(missing.error?.code).toBe('OMNIKV_KEY_NOT_FOUND');
    expect(await cluster.ok('get', 'nothing', '--default', '-1')).toBe('-1');
    expect(await cluster.json('get', 'nothing', '--default', 'X')).toMatchObject({
      ok: true,
      value: null,
      default: 'X',
    });
  });

  it('show the version with --meta, and read locally from a node', async () => {
    const { version } = await cluster.json('put', 'meta', '5');
    expect(await cluster.ok('get', 'meta', '--meta')).toBe(
      `value    5\nkind     u64\nversion  ${String(version)}`,
    );
    await cluster.ok('wait', '--for', 'synced');
    for (const node of ['1', '2', '3']) {
      const local = await cluster.ok('get', 'meta', '--consistency', 'local', '--node', node);
      expect(local).toBe('5');
    }
  });

  it('put on a condition, exit 5 where it does not hold', async () => {
    const { version } = await cluster.json('put', 'cond', '1', '--if-absent');
    const again = await cluster.json('put', 'cond', '2', '--if-absent');
    expect(again.status).toBe(5);
    expect(again.error?.code).toBe('OMNIKV_CONDITION_FAILED');
    expect(again.actual).toEqual({ kind: 'u64', value: '1', version });
    await cluster.ok('put', 'cond', '3', '--if-version', String(version));
    const stale = await cluster.run(['put', 'cond', '4', '--if-version', String(version)]);
    expect(stale.status).toBe(5);
    expect(stale.stderr).toContain('omnikv get cond --meta');
    expect(await cluster.ok('get', 'cond')).toBe('3');
  });
});

describe.concurrent('del, incr, cas', () => {
  it('del prints how many keys had a value; none is no error', async () => {
    await cluster.ok('put', 'd1', '1');
    await cluster.ok('put', 'd2', '1');
    expect(await cluster.ok('del', 'd1', 'd2', 'd3')).toBe('2');
    expect(await cluster.json('del', 'd1')).toMatchObject({ ok: true, count: 0 });
  });

  it('incr starts at 0, prints the sum, and refuses overflow and text', async () => {
    expect(await cluster.ok('incr', 'n')).toBe('1');
    expect(await cluster.ok('incr', 'n', '41')).toBe('42');
    expect((await cluster.json('incr', 'n', '0')).value).toMatchObject({ value: '42' });
    await cluster.ok('put', 'n', MAX_U64);
    const overflow = await cluster.json('incr', 'n');
    expect([overflow.status, overflow.error?.code]).toEqual([5, 'OMNIKV_OVERFLOW']);
    await cluster.ok('put', 'n', 'x', '--text');
    const text = await cluster.json('incr', 'n');
    expect([text.status, text.error?.code]).toEqual([5, 'OMNIKV_NOT_A_NUMBER']);
    expect((await cluster.json('incr', 'n', '-1')).error?.code).toBe('OMNIKV_INVALID_VALUE');
  });

  it('cas replaces only the value it names, kind included, and prints the new one', async () => {
    await cluster.ok('put', 'c', '5');
    expect(await cluster.ok('cas', 'c', '5', '6')).toBe('6');
    const failed = await cluster.json('cas', 'c', '5', '7');
    expect([failed.status, failed.error?.code]).toEqual([5, 'OMNIKV_CONDITION_FAILED']);
    expect(failed.actual).toMatchObject({ value: '6' });
    expect((await cluster.run(['cas', 'c', '6', '7', '--text'])).status).toBe(5);
    await cluster.ok('put', 'c', 'a', '--text');
    expect(await cluster.ok('cas', 'c', 'a', 'b', '--text')).toBe('b');
  });
});

describe('scan', () => {
  beforeAll(async () => {
    for (const letter of ['a', 'b', 'c', 'd']) await cluster.ok('put', `scan:${letter}`, '1');
    await cluster.ok('put', 'scan:\tx', 'a\nb', '--text');
  });

  it('lists a prefix in the order of the keys, one item a line', async () => {
    expect(await cluster.ok('scan', 'scan:')).toBe(
      'scan:\\tx\t"a\\nb"\nscan:a\t1\nscan:b\t1\nscan:c\t1\nscan:d\t1',
    );
    expect(await cluster.ok('scan', 'nothing:')).toBe('');
  });

  it('has bounds, a limit, an order, and keys only', async () => {
    const args = ['scan', '--from', 'scan:a', '--to', 'scan:d', '--keys'];
    expect(await cluster.ok(...args)).toBe('scan:a\nscan:b\nscan:c');
    expect(await cluster.ok(...args, '--reverse', '--limit', '2')).toBe('scan:c\nscan:b');
    const { items } = await cluster.json('scan', 'scan:a');
    expect(items).toMatchObject([{ key: 'scan:a', value: { kind: 'u64', value: '1' } }]);
    expect((await cluster.run(['scan', '--limit', '0'])).status).toBe(64);
  });
});

describe('an unknown outcome', () => {
  it('names a request id that repeats the change at most once (C5)', async () => {
    await cluster.ok('put', 'once', '10');
    const leader = (await cluster.json('status')).leader as number;
    const followers = [1, 2, 3].filter((pid) => pid !== leader);
    const osPids = await osPidsOf(followers);
    for (const osPid of osPids) process.kill(osPid, 'SIGSTOP');
    let failed: Awaited<ReturnType<typeof cluster.json>>;
    let text: Awaited<ReturnType<typeof cluster.run>>;
    try {
      failed = await cluster.json('incr', 'once', '--timeout', '700ms');
      text = await cluster.run(['incr', 'never', '--timeout', '700ms']);
    } finally {
      for (const osPid of osPids) process.kill(osPid, 'SIGCONT');
    }
    await cluster.ok('wait', '--for', 'leader');
    if (failed.status !== 75) {
      // The leader had noticed that it is alone before it proposed: certainly no effect.
      expect(failed.status).toBe(69);
      return;
    }
    const requestId = failed.requestId as string;
    expect(failed.error?.suggestions[0]).toBe(
      `omnikv incr once --timeout 700ms --json --request-id ${requestId}`,
    );
    expect(await cluster.ok('incr', 'once', '--request-id', requestId)).toBe('11');
    expect(await cluster.ok('incr', 'once', '--request-id', requestId)).toBe('11');
    expect(await cluster.ok('get', 'once')).toBe('11');
    if (text.status === 75) expect(text.stderr).toContain('try: omnikv incr never');
  });

  it('refuses a request id that is none', async () => {
    const refused = await cluster.json('put', 'k', '1', '--request-id', 'nonsense');
    expect(refused.status).toBe(64);
  });
});

async function osPidsOf(pids: readonly number[]): Promise<number[]> {
  const { nodes } = await cluster.json('status');
  const views = nodes as { readonly pid: number; readonly osPid: number }[];
  return views.filter(({ pid }) => pids.includes(pid)).map(({ osPid }) => osPid);
}
