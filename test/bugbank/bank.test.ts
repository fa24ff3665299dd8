/**
 * Every incident of the bug bank is caught: by a small test of its own, and where the simulator can
 * see it, by a recorded seed.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { ROOT } from '../style/sources.js';
import { loaderOf } from './loader.js';
import { applyEdits } from './mutant-plugin.js';
import { INCIDENT_COUNT, MUTANTS, NOT_APPLICABLE } from './mutants.js';

/** What goes wrong where a change does not even run proves nothing. */
const BROKEN = /^(?:TypeError|ReferenceError|SyntaxError)$/;

describe('the bug bank', () => {
  it('has every incident once: as a mutant, or with the reason why it cannot be', () => {
    const ids = [...MUTANTS, ...NOT_APPLICABLE].map(({ id }) => id).sort((a, b) => a - b);
    expect(ids).toEqual(Array.from({ length: INCIDENT_COUNT }, (_, i) => i + 1));
  });

  it.each(MUTANTS)('mutant $id changes exactly one place of each file it names', ({ edits }) => {
    expect(edits.length).toBeGreaterThan(0);
    const files = new Map(edits.map(({ file }) => [file, readFileSync(join(ROOT, file), 'utf8')]));
    for (const edit of edits) files.set(edit.file, applyEdits(files.get(edit.file)!, [edit]));
  });

  it.each(MUTANTS)('mutant $id is killed: $title', async ({ id, kill }) => {
    await kill(loaderOf(''));
    const failure = await Promise.resolve()
      .then(() => kill(loaderOf(`?mutant=${id}`)))
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(failure, 'nobody noticed').toBeInstanceOf(Error);
    expect((failure as Error).name).not.toMatch(BROKEN);
  });
});
