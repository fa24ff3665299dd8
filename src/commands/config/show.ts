/**
 * omnikv config show: what the configuration files say, defaults filled in.
 */

import { ClusterCommand, nodesArgument } from '../../cli/cluster-command.js';
import { readNodeConfig } from '../../cli/node-config-file.js';
import { renderTable, toJson } from '../../cli/output.js';
import type { JsonObject } from '../../cli/output.js';

export default class ConfigShow extends ClusterCommand {
  static override summary = 'Show the configuration of nodes, with the defaults filled in.';
  static override examples = [
    '<%= config.bin %> config show',
    '<%= config.bin %> config show 2 --json',
  ];
  static override args = {
    nodes: nodesArgument({ isRequired: false, meaning: 'which nodes (all)' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigShow);
    const cluster = await this.findCluster(flags);
    const { resolveSelectors } = await import('../../core/cluster/index.js');
    const pids = await resolveSelectors(cluster, { selectors: args.nodes ?? [], fallback: 'all' });
    const nodes: JsonObject[] = [];
    for (const pid of pids) {
      const { omniPaxos, ...server } = await readNodeConfig(cluster, pid);
      const path = cluster.layout.nodeConfigFile(pid);
      const node = { ...Object.fromEntries(Object.entries(omniPaxos)), ...server, path };
      nodes.push(node);
      this.output.line(`# ${path}`);
      const rows = Object.entries(node).map(([name, value]) => [snakeCase(name), toText(value)]);
      for (const row of renderTable(rows)) this.output.line(row);
    }
    this.output.success({ clusterId: cluster.clusterId, nodes });
  }
}

/** As the files spell it. */
function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toText(value: unknown): string {
  if (value === undefined) return '-';
  return typeof value === 'string' ? value : toJson(value);
}
