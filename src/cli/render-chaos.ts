/**
 * What chaos does, line by line, and what came of it.
 */

import type { ChaosAction, ChaosReport } from '../core/cluster/index.js';
import { formatDuration } from './duration.js';
import type { JsonObject } from './output.js';

export function describeAction(action: ChaosAction): string {
  return `${(action.atMs / 1_000).toFixed(3).padStart(9)} s  ${describeDeed(action)}`;
}

function describeDeed(action: ChaosAction): string {
  const { pid } = action;
  switch (action.kind) {
    case 'crash':
    case 'pause': {
      const who = action.isLeader ? `node ${pid}, the leader,` : `node ${pid}`;
      return `${action.kind} ${who} for ${formatDuration(action.holdMs)}`;
    }
    case 'resume':
      return `resume node ${pid}`;
    case 'recover': {
      const { fromIdx, toIdx, tookMs } = action;
      const took = formatDuration(tookMs);
      return `recover node ${pid}: 0..${fromIdx} from its disk, caught up to 0..${toIdx} in ${took}`;
    }
    case 'problem':
      return `PROBLEM: ${action.message}`;
  }
}

export function actionToJson({ kind, ...rest }: ChaosAction): JsonObject {
  return { action: kind, ...rest };
}

export function describeChaos(report: ChaosReport): string {
  const { crashCount, pauseCount, leaderCount, runningCount, nodeCount, leader } = report;
  const faults = `${crashCount + pauseCount} faults`;
  const kinds = `${crashCount} crash, ${pauseCount} pause, ${leaderCount} of them on the leader`;
  const after = leader === undefined ? 'no leader' : `node ${leader} leads`;
  const took = formatDuration(report.elapsedMs);
  return `${faults} in ${took} (${kinds}); ${after}, ${runningCount} of ${nodeCount} nodes run`;
}

export function chaosToJson(report: ChaosReport): JsonObject {
  const { problem, leader, ...rest } = report;
  return { ...rest, leader: leader ?? null, problem: problem?.message ?? null };
}
