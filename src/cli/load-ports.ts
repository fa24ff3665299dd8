/**
 * The machine, as the load room needs it.
 */

import type { LoadPorts } from '../core/load/index.js';
import { nodeClock } from '../core/platform/node-clock.js';
import { nodeRandom } from '../core/platform/node-random.js';
import { nodeScheduler } from '../core/platform/node-scheduler.js';

export const loadPorts: LoadPorts = {
  clock: nodeClock,
  scheduler: nodeScheduler,
  random: nodeRandom,
};
