/**
 * omnikv config validate: checks every configuration file, each alone and all together.
 */

import { AnsweredError } from '../../cli/answered-error.js';
import { ClusterCommand } from '../../cli/cluster-command.js';
import { OmnikvError } from '../../core/errors.js';

export default class ConfigValidate extends ClusterCommand {
  static override summary = 'Check all configuration files; name file, line and key.';
  static override examples = [
    '<%= config.bin %> config validate',
    '<%= config.bin %> config validate --json',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigValidate);
    const cluster = await this.findCluster(flags);
    const { validateCluster } = await import('../../core/cluster/index.js');
    const reports = await validateCluster(cluster);
    const files = reports.map(({ pid, path, error }) => ({
      pid,
      path,
      isValid: error === undefined,
      message: error?.message ?? null,
    }));
    for (const { path, isValid, message } of files) {
      this.output.line(isValid ? `ok       ${path}` : `invalid  ${message ?? path}`);
    }
    const wrong = reports.filter((report) => report.error !== undefined);
    if (wrong.length === 0) {
      this.output.success({ files });
      return;
    }
    const suggestions = wrong.flatMap((report) => report.error?.suggestions ?? []);
    const error = new OmnikvError(
      'OMNIKV_INVALID_CONFIG',
      `${wrong.length} of ${reports.length} files are not valid: ${wrong[0]?.error?.message ?? ''}`,
      { suggestions: [...new Set(suggestions)] },
    );
    throw new AnsweredError(error, { files });
  }
}
