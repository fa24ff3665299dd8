/**
 * What verify answers: one line for all nodes where they are equal, one for each where not.
 */

import type { VerifyReport } from '../core/cluster/index.js';
import { OmnikvError } from '../core/errors.js';
import type { JsonObject, Output } from './output.js';

export function renderVerify(output: Output, report: VerifyReport): void {
  const compared = report.nodes.filter((node) => node.digest !== undefined);
  if (report.verdict === 'equal') {
    const who = compared.length === 1 ? '1 node has' : `${compared.length} nodes have`;
    const digest = compared[0]?.digest ?? '';
    output.line(`${who} applied 0..${report.appliedIdx ?? 0} with digest ${digest}`);
  } else {
    for (const { pid, state, appliedIdx, digest } of report.nodes) {
      if (appliedIdx === undefined) output.line(`node ${pid}: ${state}`);
      else output.line(`node ${pid}: 0..${appliedIdx}, digest ${digest ?? 'none'}`);
    }
  }
  for (const { pid, state } of report.nodes) {
    if (state === 'running' || state === 'starting') continue;
    output.note(`node ${pid} is ${state}: not compared`);
  }
}

/** Undefined where the states are equal. */
export function verifyError(report: VerifyReport): OmnikvError | undefined {
  const reason = report.reason ?? '';
  switch (report.verdict) {
    case 'equal':
      return undefined;
    case 'different':
      return new OmnikvError('OMNIKV_STATES_DIFFER', reason);
    case 'undecided':
      return new OmnikvError('OMNIKV_UNDECIDED', reason, {
        suggestions: ['omnikv status', 'omnikv verify --timeout 30s'],
      });
  }
}

export function verifyToJson(report: VerifyReport): JsonObject {
  return {
    verdict: report.verdict,
    appliedIdx: report.appliedIdx ?? null,
    nodes: report.nodes.map((node) => ({
      pid: node.pid,
      state: node.state,
      appliedIdx: node.appliedIdx ?? null,
      digest: node.digest ?? null,
      problem: node.problem ?? null,
    })),
  };
}
