/**
 * The door of the cluster room: a cluster directory and the processes on it.
 *
 * Every put and get loads this file, so each function loads its own part when it is called; execa,
 * proper-lockfile, zod and the TOML parser come no earlier. Nothing here prints; progress is told
 * by `onStep`.
 */

import type { ChaosOptions, ChaosReport } from './chaos.js';
import type { ClusterPicture } from './cluster-picture.js';
import type { ClusterStatus } from './cluster-status.js';
import type { DestroyReport } from './destroy-cluster.js';
import type { Cluster } from './find-cluster.js';
import type { ForegroundOptions } from './foreground.js';
import type { InitClusterOptions, InitReport } from './init-cluster.js';
import type { BreakLinksOptions, HealLinksOptions, LinksReport } from './link-faults.js';
import type { DirectedLink } from './link-spec.js';
import type { LookOptions } from './look-at-cluster.js';
import type { MoveLeaderOptions, MoveLeaderReport } from './move-leader.js';
import type { PauseOptions, PauseReport } from './pause-nodes.js';
import type { RecoverReport } from './recover-nodes.js';
import type { RestartOptions } from './restart-nodes.js';
import type { ResumeReport } from './resume-nodes.js';
import type { ScenarioOptions, ScenarioReport } from './scenario.js';
import type { ResolveSelectorsOptions } from './selectors.js';
import type { StartOptions, StartReport } from './start-nodes.js';
import type { OnStep } from './steps.js';
import type { StopOptions, StopReport } from './stop-nodes.js';
import type { ConfigReport } from './validate-cluster.js';
import type { VerifyReport } from './verify-cluster.js';
import type { WaitCondition } from './wait-condition.js';
import type { ClusterLook, WatchOptions } from './watch-cluster.js';
import type { LeaderExplanation, NoLeaderExplanation } from './why-leader.js';
import type { StuckExplanation } from './why-stuck.js';

export type { ChaosAction, ChaosOptions, ChaosReport } from './chaos.js';
export { CHAOS_KINDS, type ChaosKind, type ChaosRandom } from './chaos-draws.js';
export type { ClusterHealth, ClusterStatus, NodeState, NodeView } from './cluster-status.js';
export { connectToCluster, type ConnectToClusterOptions } from './connect-to-cluster.js';
export type { DestroyReport } from './destroy-cluster.js';
export {
  findCluster,
  type Cluster,
  type ClusterEnvironment,
  type FindClusterOptions,
} from './find-cluster.js';
export type { ForegroundOptions } from './foreground.js';
export type { InitClusterOptions, InitReport } from './init-cluster.js';
export type { LinkChange, LinkShape } from './link-changes.js';
export type { BreakLinksOptions, HealLinksOptions, LinksReport } from './link-faults.js';
export type { DirectedLink } from './link-spec.js';
export type { MoveLeaderReport } from './move-leader.js';
export type { PauseOptions, PauseReport, PausedNode } from './pause-nodes.js';
export type { RecoverReport, RecoveredNode } from './recover-nodes.js';
export type { RestartOptions } from './restart-nodes.js';
export type { ResumeReport, ResumedNode } from './resume-nodes.js';
export type { ScenarioOptions, ScenarioReport } from './scenario.js';
export type { ResolveSelectorsOptions } from './selectors.js';
export type { StartOptions, StartReport, StartedNode } from './start-nodes.js';
export { describeStep, type ClusterStep, type OnStep } from './steps.js';
export type { StopOptions, StopReport, StoppedNode } from './stop-nodes.js';
export type { ConfigReport } from './validate-cluster.js';
export type { VerifiedNode, VerifyReport } from './verify-cluster.js';
export { parseWaitCondition, type WaitCondition } from './wait-condition.js';
export type { ClusterLook } from './watch-cluster.js';

/** How many nodes must run for the cluster to work. */
export async function quorumSizeOf(cluster: Cluster): Promise<number> {
  const room = await import('./quorum-size.js');
  return await room.quorumSizeOf(cluster);
}

/** Makes a cluster directory. OMNIKV_CLUSTER_EXISTS, OMNIKV_CLUSTER_RUNNING. */
export async function initCluster(options: InitClusterOptions): Promise<InitReport> {
  const room = await import('./init-cluster.js');
  return await room.initCluster(options);
}

/** Spawns nodes and waits until a leader serves. Idempotent. The error of a node that ends. */
export async function startNodes(cluster: Cluster, options: StartOptions): Promise<StartReport> {
  const room = await import('./start-nodes.js');
  return await room.startNodes(cluster, options);
}

/** S4: keeps nodes as children; resolves when all of them have ended. */
export async function runInForeground(cluster: Cluster, options: ForegroundOptions): Promise<void> {
  const room = await import('./foreground.js');
  await room.runInForeground(cluster, options);
}

/** S1: SIGTERM, and SIGKILL after the grace. Idempotent. */
export async function stopNodes(cluster: Cluster, options: StopOptions): Promise<StopReport> {
  const room = await import('./stop-nodes.js');
  return await room.stopNodes(cluster, options);
}

/** Stops and starts, at once or one after the other. */
export async function restartNodes(
  cluster: Cluster,
  options: RestartOptions,
): Promise<StartReport> {
  const room = await import('./restart-nodes.js');
  return await room.restartNodes(cluster, options);
}

/** SIGKILL; resolves when the processes are gone. */
export async function crashNodes(cluster: Cluster, options: StopOptions): Promise<StopReport> {
  const room = await import('./stop-nodes.js');
  return await room.crashNodes(cluster, options);
}

/** SIGSTOP; resolves when the processes stand still. OMNIKV_NODE_DOWN, and then none is paused. */
export async function pauseNodes(cluster: Cluster, options: PauseOptions): Promise<PauseReport> {
  const room = await import('./pause-nodes.js');
  return await room.pauseNodes(cluster, options);
}

/** SIGCONT. Idempotent. */
export async function resumeNodes(cluster: Cluster, options: PauseOptions): Promise<ResumeReport> {
  const room = await import('./resume-nodes.js');
  return await room.resumeNodes(cluster, options);
}

/** Hands the lead over (E8). OMNIKV_NO_QUORUM, OMNIKV_NODE_DOWN, OMNIKV_NOT_HANDED_OVER. */
export async function moveLeader(
  cluster: Cluster,
  options: MoveLeaderOptions,
): Promise<MoveLeaderReport> {
  const room = await import('./move-leader.js');
  return await room.moveLeader(cluster, options);
}

/** Brings nodes back on their data and waits until they have caught up. */
export async function recoverNodes(
  cluster: Cluster,
  options: StartOptions,
): Promise<RecoverReport> {
  const room = await import('./recover-nodes.js');
  return await room.recoverNodes(cluster, options);
}

/** What runs, who leads, what is missing. Never throws because a node is down. */
export async function collectStatus(
  cluster: Cluster,
  options: { readonly timeoutMs?: number | undefined } = {},
): Promise<ClusterStatus> {
  const room = await import('./cluster-status.js');
  return await room.collectStatus(cluster, options);
}

/** The same, and what is true of the cluster: who reaches a quorum, which links work. */
export async function collectPicture(
  cluster: Cluster,
  options: LookOptions,
): Promise<{ readonly status: ClusterStatus; readonly picture: ClusterPicture }> {
  const room = await import('./look-at-cluster.js');
  return await room.collectPicture(cluster, options);
}

/** Looks again and again; resolves with the last look when the time is over. */
export async function watchCluster(cluster: Cluster, options: WatchOptions): Promise<ClusterLook> {
  const room = await import('./watch-cluster.js');
  return await room.watchCluster(cluster, options);
}

/** Which heartbeats make the leader the leader, or what keeps every node from leading. */
export async function whyLeader(
  cluster: Cluster,
  options: LookOptions,
): Promise<LeaderExplanation | NoLeaderExplanation> {
  const room = await import('./look-at-cluster.js');
  return await room.whyLeader(cluster, options);
}

/** Whether the cluster can make progress, and the smallest sets of what would let it. */
export async function whyStuck(cluster: Cluster, options: LookOptions): Promise<StuckExplanation> {
  const room = await import('./look-at-cluster.js');
  return await room.whyStuck(cluster, options);
}

/** Ascending, each once. OMNIKV_UNKNOWN_NODE; OMNIKV_NO_QUORUM for `leader` where none leads. */
export async function resolveSelectors(
  cluster: Cluster,
  options: ResolveSelectorsOptions,
): Promise<readonly number[]> {
  const room = await import('./selectors.js');
  return await room.resolveSelectors(cluster, options);
}

/** `1-3`, `leader>followers` → directed links. OMNIKV_USAGE; what resolveSelectors throws. */
export async function resolveLinks(
  cluster: Cluster,
  texts: readonly string[],
): Promise<readonly DirectedLink[]> {
  const room = await import('./resolve-links.js');
  return await room.resolveLinks(cluster, texts);
}

/** `1,2/3,4,5` → the links between the groups. Throws the same. */
export async function resolveSplit(
  cluster: Cluster,
  texts: readonly string[],
): Promise<readonly DirectedLink[]> {
  const room = await import('./resolve-links.js');
  return await room.resolveSplit(cluster, texts);
}

/** The links between the named nodes and all others. OMNIKV_USAGE where there is none. */
export async function linksOfIsolation(
  cluster: Cluster,
  named: readonly number[],
): Promise<readonly DirectedLink[]> {
  const room = await import('./link-spec.js');
  return room.linksOfIsolation(named, cluster.pids);
}

/** Cuts links, or makes them slow and lossy, also where nodes are down. */
export async function breakLinks(
  cluster: Cluster,
  options: BreakLinksOptions,
): Promise<LinksReport> {
  const room = await import('./link-faults.js');
  return await room.breakLinks(cluster, options);
}

/** Takes faults away, all of them unless links are named. Idempotent. */
export async function healLinks(cluster: Cluster, options: HealLinksOptions): Promise<LinksReport> {
  const room = await import('./link-faults.js');
  return await room.healLinks(cluster, options);
}

/** A partial partition by name, around the leader. OMNIKV_USAGE, OMNIKV_NODE_DOWN. */
export async function runScenario(
  cluster: Cluster,
  options: ScenarioOptions,
): Promise<ScenarioReport> {
  const room = await import('./scenario.js');
  return await room.runScenario(cluster, options);
}

/** OMNIKV_WAIT_TIMEOUT, naming what is missing. */
export async function waitFor(
  cluster: Cluster,
  options: { readonly condition: WaitCondition; readonly timeoutMs: number },
): Promise<ClusterStatus> {
  const room = await import('./wait-for.js');
  return await room.waitFor(cluster, options);
}

/** Kills and pauses nodes for a while, then puts all right. OMNIKV_NODE_DOWN, OMNIKV_USAGE. */
export async function runChaos(cluster: Cluster, options: ChaosOptions): Promise<ChaosReport> {
  const room = await import('./chaos.js');
  return await room.runChaos(cluster, options);
}

/** Compares the state digests of all running nodes. OMNIKV_UNREACHABLE. */
export async function verifyCluster(
  cluster: Cluster,
  options: { readonly timeoutMs: number },
): Promise<VerifyReport> {
  const room = await import('./verify-cluster.js');
  return await room.verifyCluster(cluster, options);
}

/** Checks every configuration file by itself, and that they agree. */
export async function validateCluster(cluster: Cluster): Promise<readonly ConfigReport[]> {
  const room = await import('./validate-cluster.js');
  return await room.validateCluster(cluster);
}

/** Stops the nodes and removes what init and they made. */
export async function destroyCluster(
  cluster: Cluster,
  options: { readonly onStep?: OnStep | undefined } = {},
): Promise<DestroyReport> {
  const room = await import('./destroy-cluster.js');
  return await room.destroyCluster(cluster, options);
}
