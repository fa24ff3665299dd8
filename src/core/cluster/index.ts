/**
 * The door of the cluster room: a cluster directory and the processes on it.
 *
 * Loading it is cheap: execa, proper-lockfile, zod and the TOML parser are loaded by the functions
 * that need them. Nothing here prints; progress is told by `onStep`.
 */

export {
  collectStatus,
  type ClusterHealth,
  type ClusterStatus,
  type NodeState,
  type NodeView,
} from './cluster-status.js';
export { connectToCluster, type ConnectToClusterOptions } from './connect-to-cluster.js';
export { destroyCluster, type DestroyReport } from './destroy-cluster.js';
export {
  findCluster,
  type Cluster,
  type ClusterEnvironment,
  type FindClusterOptions,
} from './find-cluster.js';
export { runInForeground, type ForegroundOptions } from './foreground.js';
export { initCluster, type InitClusterOptions, type InitReport } from './init-cluster.js';
export { recoverNodes, type RecoverReport, type RecoveredNode } from './recover-nodes.js';
export { resolveSelectors, type ResolveSelectorsOptions } from './selectors.js';
export { restartNodes, type RestartOptions } from './restart-nodes.js';
export {
  startNodes,
  type StartOptions,
  type StartReport,
  type StartedNode,
} from './start-nodes.js';
export { describeStep, type ClusterStep, type OnStep } from './steps.js';
export {
  crashNodes,
  stopNodes,
  type StopOptions,
  type StopReport,
  type StoppedNode,
} from './stop-nodes.js';
export { validateCluster, type ConfigReport } from './validate-cluster.js';
export { parseWaitCondition, waitFor, type WaitCondition } from './wait-for.js';
