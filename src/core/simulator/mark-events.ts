/**
 * Which events hit which coverage mark.
 */

import type { Message } from '../omnipaxos/messages.js';
import type { CrashSummary } from './disk/crash.js';
import type { DiskEvent } from './disk/simulated-disk.js';
import type { RelayMessage, ServerReplyBody } from '../wire/index.js';
import type { LinkWeather } from './network/path.js';
import type { Mark, MarkCounter } from './marks.js';

const OF_MESSAGES: Partial<Record<Message<unknown>['body']['kind'], Mark>> = {
  notAccepted: 'prepare refused',
  acceptSync: 'follower synced by AcceptSync',
  prepareRequest: 'follower asked for a Prepare',
  proposalForward: 'proposal forwarded',
  readRequest: 'read round started',
  handOver: 'leader told another to lead',
};

const OF_LOG_EVENTS: Readonly<Record<string, Mark>> = {
  'leader-ready': 'leader ready',
  'lost-leadership': 'leadership lost',
  'took-over': 'lead handed over',
  'quorum-lost': 'quorum lost',
  'quorum-back': 'quorum back',
  'decided-transfer': 'decided transfer installed',
  'storage.tornTailCut': 'torn tail cut',
};

const OF_DISK_EVENTS: Partial<Record<DiskEvent['kind'], Mark>> = {
  error: 'disk error',
  syncError: 'sync error',
  shortWrite: 'short write',
  full: 'disk full',
};

export function markMessage<T>(marks: MarkCounter, message: Message<T>): void {
  const mark = OF_MESSAGES[message.body.kind];
  if (mark !== undefined) marks.hit(mark);
}

export function markLogEvent(marks: MarkCounter, event: string): void {
  const mark = OF_LOG_EVENTS[event];
  if (mark !== undefined) marks.hit(mark);
}

export function markDiskEvent(marks: MarkCounter, event: DiskEvent): void {
  const mark = OF_DISK_EVENTS[event.kind];
  if (mark !== undefined) marks.hit(mark);
}

export function markAnswer(marks: MarkCounter, answer: ServerReplyBody): void {
  if (answer.kind === 'unknown') marks.hit('outcome unknown');
  if (answer.kind === 'refused') {
    if (answer.code === 'OMNIKV_DISK_FULL') marks.hit('write refused by a full disk');
    if (answer.code === 'OMNIKV_NO_QUORUM') marks.hit('request refused without a quorum');
  }
  if (answer.kind !== 'executed') return;
  if (answer.reply.kind === 'sessionExpired') marks.hit('session expired');
  if (answer.reply.kind === 'requestExpired') marks.hit('one-shot expired');
}

export function markPowerCut(marks: MarkCounter, summary: CrashSummary): void {
  marks.hit('sector dropped at a power cut', summary.dropped);
  marks.hit('sector torn at a power cut', summary.torn);
  marks.hit('garbage at a power cut', summary.garbage);
  marks.hit('directory entry lost at a power cut', summary.entriesLost);
}

export function markWeather(marks: MarkCounter, weather: LinkWeather): void {
  if (weather.lossProbability > 0) marks.hit('lossy link');
  if (weather.extraLatencyUs > 0) marks.hit('slow link');
}

export function markRelay(marks: MarkCounter, message: RelayMessage): void {
  if (message.kind === 'reply') return;
  marks.hit(message.hopsLeft === 1 ? 'request relayed over two hops' : 'request relayed');
}
