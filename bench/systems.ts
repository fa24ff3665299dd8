/** Every system that can be measured, and which of them a run is about. */

import { omnikv } from './omnikv/omnikv-system.js';
import { etcd, etcdTuned } from './peers/etcd-system.js';
import { nats } from './peers/nats-system.js';
import { redis } from './peers/redis-system.js';
import { zookeeper } from './peers/zookeeper-system.js';
import { skeleton } from './skeleton/skeleton-system.js';
import type { System } from './system.js';

export interface MeasuredSystem {
  readonly system: System;
  /** The module of its driver, beside this file. */
  readonly driver: string;
}

export const omnikvAlone: MeasuredSystem = { system: omnikv, driver: './omnikv/driver.js' };

const OTHERS: readonly MeasuredSystem[] = [
  { system: skeleton, driver: './skeleton/driver.js' },
  { system: etcd, driver: './peers/etcd-driver.js' },
  { system: etcdTuned, driver: './peers/etcd-driver.js' },
  { system: zookeeper, driver: './peers/zookeeper-driver.js' },
  { system: nats, driver: './peers/nats-driver.js' },
  { system: redis, driver: './peers/redis-driver.js' },
];

/** omnikv first, then those of `list` ("etcd,redis"), each once. */
export function systemsAgainst(list: string): readonly MeasuredSystem[] {
  const names = new Set(list.split(',').filter((name) => name !== ''));
  const others = [...names].map((name) => {
    const found = OTHERS.find(({ system }) => system.name === name);
    if (found !== undefined) return found;
    const known = OTHERS.map(({ system }) => system.name).join(', ');
    throw new Error(`--vs ${name}: it is one of ${known}`);
  });
  return [omnikvAlone, ...others];
}
