/**
 * The test support modules that kills are written with, loaded as the mutant has them.
 */

import type * as Steps from '../../support/step-node.js';
import type { Load } from '../mutant.js';

export function loadSteps(load: Load): Promise<typeof Steps> {
  return load<typeof Steps>('test/support/step-node.ts');
}
