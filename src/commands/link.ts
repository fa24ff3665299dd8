/**
 * omnikv link: makes links slow and lossy.
 */

import { ClusterCommand } from '../cli/cluster-command.js';
import { durationFlag } from '../cli/flags.js';
import { byteRateFlag, faultDurationFlag, linksArgument, percentFlag } from '../cli/link-flags.js';
import { renderBrokenLinks } from '../cli/render-links.js';
import { shapeOf } from '../cli/link-shape.js';

export default class Link extends ClusterCommand {
  static override summary = 'Make links slow and lossy; heal makes them whole.';
  static override description =
    'Each direction has these faults by itself: --delay 50ms adds 100ms to a round trip. What is ' +
    'not given is as on a whole link, whatever an earlier command said; a cut stays.';
  static override examples = [
    '<%= config.bin %> link 1-3 --delay 50ms --jitter 10ms --drop 5% --for 30s',
    "<%= config.bin %> link '1>3' --duplicate 1% --reorder 2%",
    '<%= config.bin %> link leader-followers --rate 100KiB',
  ];
  static override args = { links: linksArgument({ isRequired: true, meaning: 'which links' }) };
  static override flags = {
    delay: durationFlag({ description: 'how much later a frame arrives', helpValue: '50ms' }),
    jitter: durationFlag({ description: 'up to this more or less delay', helpValue: '10ms' }),
    drop: percentFlag({ description: 'frames that are lost' }),
    duplicate: percentFlag({ description: 'frames that arrive twice' }),
    reorder: percentFlag({ description: 'frames that others overtake' }),
    rate: byteRateFlag({ description: 'at most so many bytes a second' }),
    for: faultDurationFlag(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Link);
    const shape = shapeOf(flags);
    const cluster = await this.findCluster(flags);
    const { breakLinks, resolveLinks } = await import('../core/cluster/index.js');
    const links = await resolveLinks(cluster, args.links ?? []);
    const report = await this.clusterStep('changing links', async (onStep) => {
      const change = { kind: 'shape', shape } as const;
      return await breakLinks(cluster, { links, change, durationMs: flags.for, onStep });
    });
    renderBrokenLinks(this.output, report);
  }
}
