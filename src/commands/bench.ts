/**
 * omnikv bench: a closed loop of puts, gets or incrs against the running cluster.
 *
 * Each of the concurrent callers has a session of its own and waits for each answer. What is
 * printed is what this run gave, on this machine.
 */

import { string } from '@oclif/core/flags';
import { ClusterCommand } from '../cli/cluster-command.js';
import { parseDuration } from '../cli/duration.js';
import { countFlag, parseCount } from '../cli/count-flag.js';
import { durationFlag, timeoutFlag } from '../cli/flags.js';
import { LineFile } from '../cli/line-file.js';
import { renderTable } from '../cli/output.js';
import { shellQuote } from '../cli/shell-quote.js';
import type { LoadOperation, LoadReport } from '../core/load/index.js';
import { DEFAULT_SESSION_LIMIT, MAX_VALUE_BYTES } from '../core/limits.js';

const OPERATIONS = ['put', 'get', 'incr', 'mixed'] as const satisfies readonly LoadOperation[];
const MAX_KEYS = 10_000_000;
const TYPICAL_KEYS = 1_000;
/** Few, so that callers meet: only then does a history say something. */
const RECORDED_KEYS = 32;

interface BenchFlags {
  readonly dir?: string | undefined;
  readonly op: LoadOperation;
  readonly concurrency: number;
  readonly 'value-size': number;
  readonly keys: number;
  readonly duration: number;
  readonly timeout: number;
  readonly record?: string | undefined;
}

export default class Bench extends ClusterCommand {
  static override summary = 'Measure how many puts, gets or incrs the cluster answers a second.';
  static override description =
    'Every put and incr is on the disks of a majority before it counts; every get is linearizable. ' +
    'A value size of 8 stores numbers, any other that many bytes. mixed is half puts, half gets. ' +
    'With --record the keys are new and few, no value is written twice, reads are mixed in, and ' +
    'mixed is puts, gets, incrs, cas and deletes.';
  static override examples = [
    '<%= config.bin %> bench --op put --concurrency 256 --duration 2s',
    '<%= config.bin %> bench --op get --concurrency 16 --keys 100 --duration 500ms --json',
    '<%= config.bin %> bench --op mixed --concurrency 16 --duration 1s --record history.ndjson',
  ];
  static override flags = {
    op: string({ description: 'what is called', options: OPERATIONS, default: 'put' }),
    concurrency: countFlag({
      command: 'bench',
      name: 'concurrency',
      max: DEFAULT_SESSION_LIMIT,
      typical: 64,
      description: 'calls in flight',
    }),
    'value-size': countFlag({
      command: 'bench',
      name: 'value-size',
      max: MAX_VALUE_BYTES,
      typical: 8,
      description: 'bytes of a value',
    }),
    keys: string({
      description: `different keys (1 to ${MAX_KEYS}); ${RECORDED_KEYS} where a history is recorded`,
      helpValue: 'N',
      parse: parseCount({ command: 'bench', name: 'keys', max: MAX_KEYS, typical: TYPICAL_KEYS }),
    }),
    duration: durationFlag({
      description: 'how long to measure',
      default: parseDuration('5s'),
      defaultHelp: async () => await Promise.resolve('5s'),
    }),
    record: string({
      description: 'write what every call was answered to FILE, for omnikv check',
      helpValue: 'FILE',
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
      keys: Number(flags.keys ?? (flags.record === undefined ? TYPICAL_KEYS : RECORDED_KEYS)),
    };
    const label = `${options.op} with ${options.concurrency} callers`;
    const report = await this.step(label, async () => await this.#measure(options));
    if (report.operationCount === 0 && report.firstError !== undefined) throw report.firstError;
    for (const line of renderTable(describe(report))) this.output.line(line);
    if (options.record !== undefined)
      this.output.note(`omnikv check ${shellQuote(options.record)} judges the history`);
    this.output.success(answer(options, report));
  }

  async #measure(flags: BenchFlags): Promise<LoadReport> {
    const cluster = await this.findCluster(flags);
    const [{ connect, recordHistory }, { runClosedLoop, runRecordedLoop }, { loadPorts }] =
      await Promise.all([
        import('../core/client/index.js'),
        import('../core/load/index.js'),
        import('../cli/load-ports.js'),
      ]);
    // Opened before anything is called: a file that cannot be written costs no load.
    const file = flags.record === undefined ? undefined : new LineFile(flags.record);
    const client = connect({
      clusterId: cluster.clusterId,
      nodes: new Map(cluster.pids.map((pid) => [pid, cluster.layout.socketPath(pid)])),
      deadlineMs: flags.timeout,
      maxSessions: flags.concurrency,
    });
    const load = {
      operation: flags.op,
      keyCount: flags.keys,
      valueSizeBytes: flags['value-size'],
      concurrency: flags.concurrency,
      durationMs: flags.duration,
    };
    try {
      if (file === undefined) return await runClosedLoop(client, load, loadPorts);
      const recorded = recordHistory(client, { writeLine: (line) => file.write(line) });
      return await runRecordedLoop(recorded, load, loadPorts);
    } finally {
      client.close();
      file?.close();
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
    ...(flags.record === undefined ? {} : { recorded: flags.record }),
    ...(report.firstError === undefined ? {} : { firstError: report.firstError.message }),
  };
}
