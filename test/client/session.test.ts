/**
 * One session by itself: what it sends, and what it lets its owner conclude (C1, C2, C4, K3, K5).
 */

import { describe, expect, it } from 'vitest';

import { Session } from '../../src/core/client/session.js';
import type { CommandReply, Operation } from '../../src/core/kv/command.js';

const nonce = new Uint8Array(16).fill(7);
const add = (key: string): Operation => ({ kind: 'increment', key, by: 1n });
const executed: CommandReply = { kind: 'executed', reply: { kind: 'deleted', count: 0 } };

function registered(): Session {
  const session = new Session(nonce);
  session.begin(add('a'));
  session.attemptSent();
  expect(session.answered({ kind: 'registered', sessionId: 12 })).toEqual({ kind: 'sendAgain' });
  return session;
}

describe('a new session', () => {
  it('registers first, and repeats the registration with the same nonce', () => {
    const session = new Session(nonce);
    session.begin(add('a'));
    expect(session.command()).toEqual({ kind: 'register', nonce });
    session.attemptSent();
    session.attemptLost();
    expect(session.command()).toEqual({ kind: 'register', nonce });
  });

  it('leaves no doubt about a request that was never sent', () => {
    const session = new Session(nonce);
    session.begin(add('a'));
    session.attemptSent();
    expect(session.isInDoubt).toBe(false);
    session.attemptLost();
    expect(session.giveUp()).toBe('failed');
    expect(session.isUsable).toBe(true);
  });

  it('is broken by an answer that is none', () => {
    const session = new Session(nonce);
    session.begin(add('a'));
    expect(session.answered(executed)).toEqual({ kind: 'broken' });
    expect(session.isUsable).toBe(false);
  });
});

describe('a registered session', () => {
  it('numbers its requests 1, 2, 3 and repeats a lost one unchanged', () => {
    const session = registered();
    const first = session.command();
    expect(first).toEqual({ kind: 'request', sessionId: 12, sequence: 1, operation: add('a') });
    session.attemptSent();
    session.attemptLost();
    expect(session.command()).toEqual(first);
    session.attemptSent();
    expect(session.answered(executed)).toMatchObject({ kind: 'done' });
    session.begin(add('b'));
    expect(session.command()).toMatchObject({ sequence: 2, operation: add('b') });
  });

  it('uses a sequence again only when nothing of it can have been proposed', () => {
    const session = registered();
    session.attemptSent();
    session.attemptRefused();
    expect(session.isInDoubt).toBe(false);
    expect(session.giveUp()).toBe('failed');
    session.begin(add('b'));
    expect(session.command()).toMatchObject({ sequence: 1, operation: add('b') });
  });

  it('is in doubt while an answer is due, and sends nothing after giving up then', () => {
    const session = registered();
    session.attemptSent();
    expect(session.isInDoubt).toBe(true);
    expect(session.giveUp()).toBe('unknown');
    expect(session.isUsable).toBe(false);
    expect(() => session.begin(add('b'))).toThrow();
  });

  it('stays in doubt when a repetition is refused', () => {
    const session = registered();
    session.attemptSent();
    session.attemptLost();
    session.attemptSent();
    session.attemptRefused();
    expect(session.isInDoubt).toBe(true);
    expect(session.giveUp()).toBe('unknown');
  });

  it.each(['sessionExpired', 'gap'] as const)(
    'answered with %s: another session may send what was never sent before, else unknown',
    (kind) => {
      const fresh = registered();
      fresh.attemptSent();
      expect(fresh.answered({ kind })).toEqual({ kind: 'restart' });
      expect(fresh.isUsable).toBe(false);

      const doubtful = registered();
      doubtful.attemptSent();
      doubtful.attemptLost();
      doubtful.attemptSent();
      expect(doubtful.answered({ kind })).toMatchObject({ kind: 'unknown' });
      expect(doubtful.isUsable).toBe(false);
    },
  );

  it('concludes nothing from stale: its owner never asked out of turn', () => {
    const session = registered();
    session.attemptSent();
    expect(session.answered({ kind: 'stale' })).toMatchObject({ kind: 'unknown' });
  });

  it('takes one request at a time', () => {
    const session = registered();
    expect(() => session.begin(add('b'))).toThrow(/one request/);
  });
});
