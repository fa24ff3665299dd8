/**
 * The first thousand seeds, in four files so that they run side by side: 751 to 1000.
 */

import { describeSeeds } from './seeds.js';

describeSeeds(751, 250);
