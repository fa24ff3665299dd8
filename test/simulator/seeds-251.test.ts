/**
 * The first thousand seeds, in four files so that they run side by side: 251 to 500.
 */

import { describeSeeds } from './seeds.js';

describeSeeds(251, 250);
