/**
 * One mutant over the seeds 1, 2, 3 … until one is noticed. For scripts/bugbank.js.
 *
 * Arguments: the place of the mutant, that of the source, the cap of seeds and of minutes. Writes one
 * line of JSON.
 */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [mutantPlace, sourcePlace, capText, minutesText] = process.argv.slice(2);

async function simulatorAt(place) {
  const file = join(place, 'src/core/simulator/index.js');
  const { simulate } = await import(pathToFileURL(file).href);
  return simulate;
}

/** What was broken; undefined where nothing was. */
function violationOf(simulate, seed) {
  try {
    const { verdict } = simulate({ seed });
    return verdict.kind === 'passed' ? undefined : verdict;
  } catch (error) {
    return { name: String(error?.name), message: String(error?.message) };
  }
}

const mutated = await simulatorAt(mutantPlace);
const source = await simulatorAt(sourcePlace);
const endsAtMs = Date.now() + Number(minutesText) * 60_000;

function hunt() {
  let tried = 0;
  for (let seed = 1n; tried < Number(capText) && Date.now() < endsAtMs; seed++) {
    tried += 1;
    const violation = violationOf(mutated, seed);
    if (violation === undefined || violationOf(source, seed) !== undefined) continue;
    const { name, message } = violation;
    return { kind: 'killed', tried, seed: String(seed), name, message };
  }
  return { kind: 'survived', tried };
}

process.stdout.write(`${JSON.stringify(hunt())}\n`);
