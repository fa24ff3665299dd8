/**
 * What start, restart, recover, stop and crash answer, in words and as JSON.
 */

import type { RecoverReport, StartReport, StopReport } from '../core/cluster/index.js';
import type { JsonObject, Output } from './output.js';

/** Nodes that did not need the command are notes: the exit status is 0 all the same. */
export function renderStart(output: Output, report: StartReport): void {
  for (const node of report.nodes) {
    if (node.outcome === 'started') {
      const at = node.decidedIdx === undefined ? '' : `, at 0..${node.decidedIdx}`;
      output.line(`node ${node.pid} started (process ${node.osPid}${at})`);
    } else output.note(`node ${node.pid} runs already (process ${node.osPid})`);
  }
  renderCluster(output, report);
  output.success(reportToJson(report));
}

export function renderRecover(output: Output, report: RecoverReport): void {
  for (const node of report.nodes) {
    if (node.outcome === 'alreadyRunning') {
      output.note(`node ${node.pid} runs already (process ${node.osPid})`);
      continue;
    }
    if (node.tornBytes > 0) {
      output.note(`node ${node.pid} cut a torn write of ${node.tornBytes} bytes, kept beside it`);
    }
    if (report.note === undefined) {
      output.line(
        `node ${node.pid} recovered: 0..${node.fromIdx} from its disk, caught up to 0..${node.toIdx}`,
      );
    }
  }
  if (report.nodes.length === 0) output.note('no node is down');
  renderCluster(output, report);
  output.success(reportToJson(report));
}

function renderCluster(output: Output, report: StartReport | RecoverReport): void {
  if (report.note !== undefined) output.line(report.note);
  else if (report.leader !== undefined) {
    const running = `${report.runningCount} of ${report.nodeCount} nodes run`;
    output.line(`node ${report.leader} leads; ${running}`);
  }
}

function reportToJson(report: StartReport | RecoverReport): JsonObject {
  return { ...report, leader: report.leader ?? null, note: report.note ?? null };
}

export function renderStop(output: Output, report: StopReport): void {
  for (const node of report.nodes) {
    if (node.outcome === 'alreadyDown') output.note(`node ${node.pid} was down already`);
    else output.line(`node ${node.pid} ${node.outcome}`);
  }
  output.success({ nodes: report.nodes });
}
