/**
 * What cut, isolate, split, link, scenario and heal answer, in words and as JSON.
 *
 * `faults` is all that is wrong after the command, `changed` what it broke or healed.
 */

import type { LinksReport, ScenarioReport } from '../core/cluster/index.js';
import type { JsonObject, Output } from './output.js';
import { faultLines, faultToJson, healedLines } from './render-faults.js';

export function renderBrokenLinks(output: Output, report: LinksReport): void {
  for (const line of faultLines(report.changed, Date.now())) output.line(line);
  noteUnreached(output, report);
  output.success(linksToJson(report));
}

export function renderHealedLinks(output: Output, report: LinksReport): void {
  if (report.changed.length === 0) output.note('no such link had a fault');
  for (const line of healedLines(report.changed)) output.line(line);
  noteUnreached(output, report);
  output.success(linksToJson(report));
}

export function renderScenario(output: Output, report: ScenarioReport): void {
  for (const { role, pid, why } of report.roles) output.line(`${role}: node ${pid} (${why})`);
  const { lag, scenario } = report;
  if (lag !== undefined) {
    output.line(`the hub has 0..${lag.hubIdx}, the leader had decided 0..${lag.leaderIdx}`);
  } else if (scenario === 'constrained') {
    output.note('nothing was written meanwhile: the log of the hub is not behind');
  }
  const isRestored = scenario === 'restore';
  if (isRestored && report.changed.length === 0) output.note('no link had a fault');
  const lines = isRestored ? healedLines(report.changed) : faultLines(report.changed, Date.now());
  for (const line of lines) output.line(line);
  noteUnreached(output, report);
  const { roles } = report;
  output.success({ scenario, roles, lag: lag ?? null, ...linksToJson(report) });
}

function noteUnreached(output: Output, report: LinksReport): void {
  for (const { pid, problem } of report.unreached) {
    output.note(
      `node ${pid} has not taken it up: ${problem}; it does when it starts or is resumed`,
    );
  }
}

function linksToJson({ changed, faults }: LinksReport): JsonObject {
  return { changed: changed.map(faultToJson), faults: faults.map(faultToJson) };
}
