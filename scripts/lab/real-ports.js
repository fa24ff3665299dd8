/**
 * The machine's clock, timers and randomness, as the load room takes them.
 */

import { nodeClock } from '../../dist/core/platform/node-clock.js';
import { nodeRandom } from '../../dist/core/platform/node-random.js';
import { nodeScheduler } from '../../dist/core/platform/node-scheduler.js';

export const realPorts = { clock: nodeClock, scheduler: nodeScheduler, random: nodeRandom };
