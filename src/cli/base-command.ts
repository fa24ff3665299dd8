/**
 * What every command shares: --dir and --json, one envelope, our errors and exit statuses.
 *
 * oclif alone exits 1 for every error under --json, prints its internals for a wrong argument and
 * prints nothing for a falsy result; here all of that goes through Output. A command parses,
 * calls, and renders; it never writes to a stream itself and never calls process.exit.
 */

import { Command } from '@oclif/core/command';
import { boolean, string } from '@oclif/core/flags';
import { EXIT, OmnikvError } from '../core/errors.js';
import { AnsweredError } from './answered-error.js';
import { wantsJson } from './arguments.js';
import { Output } from './output.js';
import { runStep } from './progress.js';
import type { StepControl } from './progress.js';
import { toOmnikvError } from './to-omnikv-error.js';

export abstract class BaseCommand extends Command {
  /** oclif leaves it undefined, against its own type. */
  static override flags = {};

  static override baseFlags = {
    dir: string({
      description: 'the cluster directory; else the nearest one from here upwards',
      env: 'OMNIKV_DIR',
      helpValue: 'DIR',
      helpGroup: 'GLOBAL',
    }),
    json: boolean({ description: 'answer with one JSON object', helpGroup: 'GLOBAL' }),
  };

  protected readonly output = new Output({
    isJson: wantsJson(this.argv),
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
  });

  /** As it is typed: `log show`. */
  protected get commandName(): string {
    return (this.id ?? '').replaceAll(':', ' ');
  }

  override async init(): Promise<void> {
    await super.init();
    process.on('SIGINT', () => this.interrupt());
  }

  /** Ctrl-C. A command that has something to undo or to tell does it here. */
  protected interrupt(): void {
    this.output.endLine();
    const message = `${this.commandName} was interrupted`;
    this.output.failure(new OmnikvError('OMNIKV_INTERRUPTED', message));
    process.exit(EXIT.interrupted);
  }

  /** Shows `label` on standard error while `work` takes longer than half a second. */
  protected async step<Result>(
    label: string,
    work: (control: StepControl) => Promise<Result>,
  ): Promise<Result> {
    return await runStep(this.output, label, work);
  }

  override jsonEnabled(): boolean {
    return this.output.isJson;
  }

  /** Every error of every command ends here, once. */
  override async catch(thrown: Error): Promise<void> {
    // oclif warns about a command that never parsed, also when parsing is what failed.
    this.parsed = true;
    const isAnswered = thrown instanceof AnsweredError;
    const facts = { command: this.commandName, flags: this.#flagNames() };
    const error = isAnswered ? thrown.error : toOmnikvError(thrown, facts);
    this.output.failure(error, isAnswered ? thrown.answer : {});
    this.output.debug(thrown);
    process.exitCode = error.exit;
    await Promise.resolve();
  }

  #flagNames(): string[] {
    const own = Object.keys(this.ctor.flags);
    return [...own, ...Object.keys(BaseCommand.baseFlags), 'help'];
  }
}
