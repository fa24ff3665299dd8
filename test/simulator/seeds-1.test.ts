/**
 * The first thousand seeds, in four files so that they run side by side: 1 to 250.
 */

import { describeSeeds } from './seeds.js';

describeSeeds(1, 250);
