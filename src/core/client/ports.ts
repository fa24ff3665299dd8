/**
 * What a client needs of the machine.
 */

import type { Clock, Random, Scheduler } from '../platform/ports.js';

export interface ClientPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
}
