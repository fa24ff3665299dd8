/**
 * What start, restart, recover, stop, crash, pause and resume answer, in words and as JSON.
 */

import type {
  PauseReport,
  RecoverReport,
  ResumeReport,
  StartReport,
  StopReport,
} from '../core/cluster/index.js';
import type { JsonObject, Output } from './output.js';

/** Nodes that did not need the command are notes: the exit status is 0 all the same. */
export function renderStart(output: Output, report: StartReport): void {
  for (const node of report.nodes) {
    if (node.outcome === 'started') {
      const at = node.decidedIdx === undefined ? '' : `, at 0..${node.decidedIdx}`;
      output.line(`node ${node.pid} started (process ${node.osPid}${at})`);
    } else noteUntouched(output, node);
  }
  renderCluster(output, report);
  output.success(reportToJson(report));
}

export function renderRecover(output: Output, report: RecoverReport): void {
  for (const node of report.nodes) {
    if (node.outcome !== 'recovered') {
      noteUntouched(output, node);
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

interface UntouchedNode {
  readonly pid: number;
  readonly osPid: number;
  readonly outcome: string;
}

function noteUntouched(output: Output, { pid, osPid, outcome }: UntouchedNode): void {
  if (outcome === 'paused') {
    output.note(`node ${pid} is paused (process ${osPid}); next: omnikv resume ${pid}`);
  } else output.note(`node ${pid} runs already (process ${osPid})`);
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

export function renderPause(output: Output, report: PauseReport): void {
  for (const { pid, osPid, outcome } of report.nodes) {
    if (outcome === 'paused') output.line(`node ${pid} paused (process ${osPid})`);
    else output.note(`node ${pid} was paused already (process ${osPid})`);
  }
}

export function renderResume(output: Output, report: ResumeReport): void {
  if (report.nodes.length === 0) output.note('no node is paused');
  for (const { pid, outcome } of report.nodes) {
    if (outcome === 'resumed') output.line(`node ${pid} resumed`);
    else if (outcome === 'notPaused') output.note(`node ${pid} was not paused`);
    else output.note(`node ${pid} is down; next: omnikv recover ${pid}`);
  }
}
