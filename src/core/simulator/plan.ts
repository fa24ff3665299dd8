/**
 * What a seed may draw: which faults exist in its run, and how strong they are.
 *
 * Swarm testing: whole classes are switched off in most runs, because faults hide one another. A
 * probability of 0, or a weight of 0, means that the class does not exist in this run.
 */

/** What becomes of each sector that was not synced when the power goes; weights, any scale. */
export interface CrashWeights {
  readonly keep: number;
  readonly drop: number;
  /** The first or the last bytes of the sector are old, the others new. */
  readonly tear: number;
  readonly garbage: number;
}

export interface DiskPlan {
  /** Mean of an exponential, microseconds; a write and an fdatasync are drawn apart. */
  readonly writeLatencyUs: number;
  readonly syncLatencyUs: number;
  /** Of an fdatasync of a flush: that it holds the process and ends at once (R8). */
  readonly quickSyncProbability: number;
  readonly spikeProbability: number;
  readonly spikeUs: number;
  /** EIO of one call of any kind. */
  readonly errorProbability: number;
  /** True: after the first EIO every call of this life fails. */
  readonly isErrorForEver: boolean;
  /** EIO of an fdatasync that leaves the pages marked clean: a later sync covers nothing of them. */
  readonly syncErrorProbability: number;
  /** A write of which only a part reached the file before it failed with ENOSPC. */
  readonly shortWriteProbability: number;
  /** ENOSPC beyond it. Infinity: no limit. */
  readonly capacityBytes: number;
  readonly crash: CrashWeights;
  /** Of a directory entry (created, renamed, removed) that no directory sync has covered. */
  readonly entryLossProbability: number;
}

export interface NetworkPlan {
  /** One way: a floor and the mean of an exponential on top, microseconds. */
  readonly minLatencyUs: number;
  readonly meanLatencyUs: number;
  /** Of one frame, silently. */
  readonly lossProbability: number;
  readonly duplicateProbability: number;
  /** A frame gets a delay of its own and may be overtaken, as across two connections. */
  readonly reorderProbability: number;
  readonly reorderUs: number;
  /** Of one frame: the connection that carries it ends, with all that is in flight on it. */
  readonly breakProbability: number;
  /** Whether a cut is seen as a closed connection, or frames just vanish. */
  readonly isCutSilent: boolean;
}

/** How often each fault comes, mean milliseconds of an exponential; Infinity: never in this run. */
export interface NemesisPlan {
  readonly killEveryMs: number;
  readonly powerCutEveryMs: number;
  /** All nodes at once. */
  readonly blackoutEveryMs: number;
  readonly pauseEveryMs: number;
  readonly partitionEveryMs: number;
  readonly clogEveryMs: number;
  /** A link that goes up and down a few times. */
  readonly flapEveryMs: number;
  /** 30 % of what goes over one link is lost. */
  readonly lossyEveryMs: number;
  /** Everything to and from one node takes half a second more. */
  readonly slowEveryMs: number;
  /** Of the data of a node that is down; at most a minority in one run (the atlas). */
  readonly damageEveryMs: number;
  /** Somebody asks the leader to hand over (E8). */
  readonly handOverEveryMs: number;
  /** How long each of them lasts, mean milliseconds. */
  readonly downMs: number;
  readonly pauseMs: number;
  readonly partitionMs: number;
}

export interface ClusterPlan {
  readonly nodeCount: number;
  /** Undefined: majorities. */
  readonly flexibleQuorum:
    { readonly readQuorumSize: number; readonly writeQuorumSize: number } | undefined;
  readonly electionTickTimeout: number;
  readonly tickMs: number;
  /** Each node's own clock, relative to true time. */
  readonly clockRates: readonly number[];
  readonly leaderPriorities: readonly number[];
  readonly segmentBytes: number;
  readonly tailCacheBytes: number;
  readonly sessionLimit: number;
  readonly oneShotLimit: number;
}

export interface RunPlan {
  readonly cluster: ClusterPlan;
  readonly disk: DiskPlan;
  readonly network: NetworkPlan;
  readonly nemesis: NemesisPlan;
  readonly clientCount: number;
  /** The safety phase, milliseconds. */
  readonly safetyMs: number;
  /** The classes of faults that exist, for people. */
  readonly faults: readonly string[];
}
