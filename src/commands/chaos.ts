/**
 * omnikv chaos: kills and pauses nodes of the running cluster for a while, then puts all right.
 *
 * The seed decides kinds, times and draws; who leads at that moment is up to the cluster.
 */

import { boolean, string } from '@oclif/core/flags';
import { AnsweredError } from '../cli/answered-error.js';
import { ClusterCommand } from '../cli/cluster-command.js';
import { parseDuration } from '../cli/duration.js';
import { durationFlag } from '../cli/flags.js';
import { Interruption } from '../cli/interruption.js';
import { quoteForMessage } from '../cli/output.js';
import { actionToJson, chaosToJson, describeAction, describeChaos } from '../cli/render-chaos.js';
import { formatSeed, randomOf, seedFlag, seedOf } from '../cli/seeds.js';
import { usageError } from '../cli/to-omnikv-error.js';
import type { ChaosKind } from '../core/cluster/index.js';

export default class Chaos extends ClusterCommand {
  static override summary = 'Kill and pause nodes of the running cluster for a while.';
  static override description =
    'At most a minority is broken at once, unless --quorum-loss allows more. In the end, also ' +
    'after Ctrl-C, every node runs again. A node that ends by itself or does not come back is an ' +
    'error. Load the cluster meanwhile with bench --record, and judge it with check and verify.';
  static override examples = [
    '<%= config.bin %> chaos --for 1s --seed 42',
    '<%= config.bin %> chaos --for 1s --mix pause --json',
  ];
  static override flags = {
    for: durationFlag({
      description: 'how long',
      default: parseDuration('1m'),
      defaultHelp: async () => await Promise.resolve('1m'),
    }),
    seed: seedFlag({ name: 'seed', description: 'repeats a run; drawn and shown otherwise' }),
    mix: string({
      description: 'crash, pause or both',
      default: 'crash,pause',
      helpValue: 'KINDS',
    }),
    'quorum-loss': boolean({ description: 'break as many nodes at once as it comes' }),
  };

  readonly #interruption = new Interruption();

  async run(): Promise<void> {
    const { flags } = await this.parse(Chaos);
    const { CHAOS_KINDS, runChaos } = await import('../core/cluster/index.js');
    const mix = parseMix(flags.mix, CHAOS_KINDS);
    const seed = seedOf(flags.seed);
    const cluster = await this.findCluster(flags);
    if (!this.output.isJson) this.output.note(`seed ${formatSeed(seed)}`);
    this.#interruption.begin();
    const report = await runChaos(cluster, {
      durationMs: flags.for,
      mix,
      randomOf: (lane) => randomOf(seed, `lane ${lane}`),
      atOnce: flags['quorum-loss'] ? 'any' : 'minority',
      signal: this.#interruption.signal,
      onAction: (action) => {
        this.output.line(describeAction(action));
        this.output.streamItem(actionToJson(action));
      },
    });
    this.#interruption.end();
    this.output.line(describeChaos(report));
    const answer = { seed: formatSeed(seed), ...chaosToJson(report) };
    if (report.problem !== undefined) throw new AnsweredError(report.problem, answer);
    this.#interruption.throwIfInterrupted('chaos was interrupted; every node runs again', answer);
    this.output.success(answer);
  }

  /** Ctrl-C: all is put right first. */
  protected override interrupt(): void {
    if (!this.#interruption.interrupt()) super.interrupt();
  }
}

function parseMix(text: string, kinds: readonly ChaosKind[]): readonly ChaosKind[] {
  return text.split(',').map((word) => {
    const kind = kinds.find((candidate) => candidate === word.trim());
    if (kind !== undefined) return kind;
    throw usageError('chaos', `--mix ${quoteForMessage(text)}: it lists ${kinds.join(', ')}`);
  });
}
