/**
 * omnikv bench: a closed loop of puts, gets or incrs against the running cluster.
 *
 * Each of the concurrent callers has a session of its own and waits for each answer. What is
 * printed is what this run gave, on this machine.
 */

import { string } from '@oclif/core/flags';
import { ClusterCommand } from '../cli/cluster-command.js';
import { parseDuration } from '../cli/duration.js';
import { durationFlag, parseWholeNumber, timeoutFlag } from '../cli/flags.js';
import { renderTable } from '../cli/output.js';
import type { LoadOperation, LoadReport } from '../core/load/index.js';
import { OmnikvError } from '../core/errors.js';
import { DEFAULT_SESSION_LIMIT, MAX_VALUE_BYTES } from '../core/limits.js';

const OPERATIONS = ['put', 'get', 'incr', 'mixed'] as const satisfies readonly LoadOperation[];
const MAX_KEYS = 10_000_000;

interface BenchFlags {
  readonly dir?: string | undefined;
  readonly op: LoadOperation;
  readonly concurrency: number;
  readonly 'value-size': number;
  readonly keys: number;
  readonly duration: number;
  readonly timeout: number;
}

/** A whole number of the flag `name`, from 1 to `max`. */
function countFlag(options: {
  readonly name: string;
  readonly max: number;
  readonly typical: number;
  readonly description: string;
}) {
  const { name, max, typical, description } = options;
  return string({
    description: `${description} (1 to ${max})`,
    default: String(typical),
    helpValue: 'N',
    parse: async (text) => {
      const count = parseWholeNumber(text);
      if (count >= 1 && count <= max) return await Promise.resolve(text);
      throw new OmnikvError('OMNIKV_USAGE', `--${name} ${text}: it is a number from 1 to ${max}`, {
        suggestions: [`omnikv bench --${name} ${typical}`],
      });
    },
  });
}

export default class Bench extends ClusterCommand {
  static override summary = 'Measure how many puts, gets or incrs the cluster answers a second.';
  static override description =
    'Every put and incr is on the disks of a majority before it counts; every get is linearizable. ' +
    'A value size of 8 stores numbers, any other that many bytes. mixed is half puts, half gets.';
  static override examples = [
    '<%= config.bin %> bench --op put --concurrency 256 --duration 2s',
    '<%= config.bin %> bench --op get --concurrency 16 --keys 100 --duration 500ms --json',
  ];
  static override flags = {
    op: string({ description: 'what is called', options: OPERATIONS, default: 'put' }),
    concurrency: countFlag({
      name: 'concurrency',
      max: DEFAULT_SESSION_LIMIT,
      typical: 64,
      description: 'calls in flight',
    }),
    'value-size': countFlag({
      name: 'value-size',
      max: MAX_VALUE_BYTES,
      typical: 8,
      description: 'bytes of a value',
    }),
    keys: countFlag({ name: 'keys', max: MAX_KEYS, typical: 1_000, description: 'different keys' }),
    duration: durationFlag({
      description: 'how long to measure',
      default: parseDuration('5s'),
      defaultHelp: async () => await Promise.resolve('5s'),
    }),
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Bench);
    const options: BenchFlags = {
      ...flags,
      op: flags.op as LoadOperation,
      concurrency: Number(flags.concurrency),
      'value-size': Number(flags['value-size']),
      keys: Number(flags.keys),
    };
    const label = `${options.op} with ${options.concurrency} callers`;
    const report = await this.step(label, async () => await this.#measure(options));
    if (report.operationCount === 0 && report.firstError !== undefined) throw report.firstError;
    for (const line of renderTable(describe(report))) this.output.line(line);
    this.output.success(answer(options, report));
  }

  async #measure(flags: BenchFlags): Promise<LoadReport> {
    const cluster = await this.findCluster(flags);
    const [{ connect }, { runClosedLoop }, { loadPorts }] = await Promise.all([
      import('../core/client/index.js'),
      import('../core/load/index.js'),
      import('../cli/load-ports.js'),
    ]);
    const client = connect({
      clusterId: cluster.clusterId,
      nodes: new Map(cluster.pids.map((pid) => [pid, cluster.layout.socketPath(pid)])),
      deadlineMs: flags.timeout,
      maxSessions: flags.concurrency,
    });
    try {
      const load = {
        operation: flags.op,
        keyCount: flags.keys,
        valueSizeBytes: flags['value-size'],
        concurrency: flags.concurrency,
        durationMs: flags.duration,
      };
      return await runClosedLoop(client, load, loadPorts);
    } finally {
      client.close();
    }
  }
}

function describe(report: LoadReport): readonly (readonly string[])[] {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  return [
    ['operations', String(report.operationCount)],
    ['per second', String(Math.round(report.opsPerSecond))],
    ['p50', ms(report.p50Ms)],
    ['p99', ms(report.p99Ms)],
    ['p99.9', ms(report.p999Ms)],
    ['errors', String(report.errors)],
    ['unknown', String(report.unknown)],
  ];
}

function answer(flags: BenchFlags, report: LoadReport) {
  return {
    operation: flags.op,
    concurrency: flags.concurrency,
    valueSizeBytes: flags['value-size'],
    keys: flags.keys,
    operations: report.operationCount,
    elapsedMs: report.elapsedMs,
    opsPerSecond: report.opsPerSecond,
    p50Ms: report.p50Ms,
    p99Ms: report.p99Ms,
    p999Ms: report.p999Ms,
    maxMs: report.maxMs,
    errors: report.errors,
    unknown: report.unknown,
    ...(report.firstError === undefined ? {} : { firstError: report.firstError.message }),
  };
}
