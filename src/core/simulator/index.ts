/**
 * The door of the simulator: a whole cluster in one thread, from one seed.
 */

export { LEGEND } from './event-trace.js';
export { MARKS, type Mark } from './marks.js';
export { Prng } from './prng.js';
export { formatSeed, parseSeed } from './seed.js';
export {
  simulate,
  type SimulationOptions,
  type SimulationReport,
  type SimulationVerdict,
} from './simulate.js';
