/**
 * Calls in flight and the list of all calls: what is in them, whatever comes and goes.
 */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Call } from '../../src/core/client/call.js';
import { CallList } from '../../src/core/client/call-list.js';
import type { Exchange } from '../../src/core/client/exchange.js';
import { InFlightCalls } from '../../src/core/client/in-flight-calls.js';
import { MAX_CLIENT_INFLIGHT_REQUESTS } from '../../src/core/limits.js';

const exchange = {} as Exchange;
const newCall = (): Call => new Call(exchange, {}, 0, 0);

describe('calls in flight', () => {
  it('finds each call by the id it was given, once', () => {
    const calls = new InFlightCalls();
    const [first, second] = [newCall(), newCall()];
    calls.add(first);
    calls.add(second);
    const id = first.requestId;
    expect(calls.take(id)).toBe(first);
    expect(calls.take(id)).toBeUndefined();
    expect(first.requestId).toBe(0);
    expect(calls.count).toBe(1);
  });

  it('never gives an id twice, also where old calls stand in the way', () => {
    const calls = new InFlightCalls();
    const waiting = newCall();
    calls.add(waiting);
    const ids = new Set([waiting.requestId]);
    for (let i = 0; i < 3 * MAX_CLIENT_INFLIGHT_REQUESTS; i++) {
      const call = newCall();
      calls.add(call);
      expect(ids.has(call.requestId)).toBe(false);
      ids.add(call.requestId);
      expect(calls.take(call.requestId)).toBe(call);
    }
    expect(calls.take(waiting.requestId)).toBe(waiting);
  });

  it('holds as many as a server takes, and gives them all back in the order of sending', () => {
    const calls = new InFlightCalls();
    const skipped = newCall();
    calls.add(skipped);
    calls.remove(skipped);
    calls.remove(skipped);
    const all = Array.from({ length: MAX_CLIENT_INFLIGHT_REQUESTS }, newCall);
    for (const call of all) calls.add(call);
    expect(calls.count).toBe(MAX_CLIENT_INFLIGHT_REQUESTS);
    expect(calls.takeAll()).toEqual(all);
    expect(calls.count).toBe(0);
  });
});

describe('the list of calls', () => {
  it('keeps their order, whichever are taken out', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 60 }), (picks) => {
        const list = new CallList();
        const model: Call[] = [];
        for (const pick of picks) {
          const call = model[pick];
          if (call === undefined || pick < 3) {
            const added = newCall();
            list.add(added);
            model.push(added);
          } else {
            list.remove(call);
            list.remove(call);
            model.splice(pick, 1);
          }
          expect(list.isEmpty).toBe(model.length === 0);
          expect(list.snapshot().every((one, at) => one === model[at])).toBe(true);
          expect(list.snapshot()).toHaveLength(model.length);
        }
      }),
    );
  });
});
