/**
 * What an entry of the bug bank is: one real incident, as a small wrong change to our source.
 *
 * The product carries no switch: `mutant-plugin.ts` applies the change when a module is loaded under
 * `?mutant=ID`. A change must be found at exactly one place, so that it cannot silently miss.
 */

export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Loads a module as the mutant has it, or as it is. Modules that the change cannot reach are shared. */
export type Load = <Module>(path: string) => Promise<Module>;

export interface Mutant {
  /** The number of the incident. */
  readonly id: number;
  readonly title: string;
  /** Where it happened, or what its rule is. */
  readonly takenFrom: string;
  readonly edits: readonly Edit[];
  /** Passes on the source as it is; throws where the bug shows. */
  readonly kill: (load: Load) => void | Promise<void>;
  /** Where no seed of the simulator can see it: why. */
  readonly unseenBySimulator?: string;
}

/** An incident that this version cannot have. */
export interface NotApplicable {
  readonly id: number;
  readonly title: string;
  readonly reason: string;
}
