/**
 * A node's status as it comes over the wire: JSON of a program that may be another version.
 */

import { OmnikvError } from '../errors.js';
import type { NodeStatus } from '../wire/node-status.js';

export function parseNodeStatus(json: string, pid: number): NodeStatus {
  let status: unknown;
  try {
    status = JSON.parse(json);
  } catch (cause) {
    throw new OmnikvError('OMNIKV_PROTOCOL', `the status of node ${pid} is no JSON`, { cause });
  }
  if (typeof status !== 'object' || status === null || !('pid' in status) || status.pid !== pid) {
    throw new OmnikvError('OMNIKV_PROTOCOL', `the status of node ${pid} does not name it`);
  }
  return status as NodeStatus;
}
