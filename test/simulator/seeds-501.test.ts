/**
 * The first thousand seeds, in four files so that they run side by side: 501 to 750.
 */

import { describeSeeds } from './seeds.js';

describeSeeds(501, 250);
