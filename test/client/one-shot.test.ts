/**
 * One change without a session by itself: what it sends, and what it lets its owner conclude (K6, K7, C4).
 */

import { describe, expect, it } from 'vitest';

import { OneShot } from '../../src/core/client/one-shot.js';
import type { CommandReply, Operation } from '../../src/core/kv/command.js';

const nonce = new Uint8Array(16).fill(7);
const operation: Operation = { kind: 'increment', key: 'a', by: 1n };
const executed: CommandReply = { kind: 'executed', reply: { kind: 'deleted', count: 0 } };

describe('a new one-shot', () => {
  it('keeps the floor of its first sending', () => {
    const oneShot = new OneShot(operation, { nonce });
    expect(oneShot.floorIdx).toBeUndefined();
    const first = oneShot.command(12);
    expect(first).toEqual({ kind: 'oneShot', nonce, floorIdx: 12, operation });
    oneShot.attemptSent();
    oneShot.attemptLost();
    expect(oneShot.command(99)).toEqual(first);
  });

  it('is in doubt from its sending on, until it is refused or answered', () => {
    const oneShot = new OneShot(operation, { nonce });
    oneShot.command(0);
    expect(oneShot.isInDoubt).toBe(false);
    oneShot.attemptSent();
    expect(oneShot.isInDoubt).toBe(true);
    oneShot.attemptRefused();
    expect(oneShot.isInDoubt).toBe(false);
    oneShot.attemptSent();
    expect(oneShot.answered(executed)).toEqual({ kind: 'done', reply: executed.reply });
    expect(oneShot.isInDoubt).toBe(false);
  });

  it('stays in doubt once an attempt was lost, whatever a later one is told', () => {
    const oneShot = new OneShot(operation, { nonce });
    oneShot.attemptSent();
    oneShot.attemptLost();
    oneShot.attemptSent();
    oneShot.attemptRefused();
    expect(oneShot.isInDoubt).toBe(true);
    oneShot.attemptSent();
    expect(oneShot.answered({ kind: 'requestExpired' })).toEqual({ kind: 'expired' });
    expect(oneShot.isInDoubt).toBe(true);
  });

  it('leaves no doubt where an attempt that never left is lost', () => {
    const oneShot = new OneShot(operation, { nonce });
    oneShot.attemptLost();
    expect(oneShot.isInDoubt).toBe(false);
  });

  it('is broken by an answer to another question', () => {
    const oneShot = new OneShot(operation, { nonce });
    oneShot.attemptSent();
    expect(oneShot.answered({ kind: 'registered', sessionId: 3 })).toEqual({ kind: 'broken' });
  });
});

describe('a repeated one-shot', () => {
  it('is in doubt from the start, and sends the very same command', () => {
    const oneShot = new OneShot(operation, { nonce, floorIdx: 12 });
    expect(oneShot.isInDoubt).toBe(true);
    expect(oneShot.command(99)).toEqual({ kind: 'oneShot', nonce, floorIdx: 12, operation });
  });
});
