/**
 * Tells of every entry that a state machine applies, with its answer.
 */

import type { Command, CommandReply } from '../../kv/command.js';
import type { KvStateMachine } from '../../kv/kv-state-machine.js';

export function observeApplies(
  stateMachine: KvStateMachine,
  onApplied: (index: number, command: Command, reply: CommandReply) => void,
): void {
  const apply = stateMachine.apply.bind(stateMachine);
  stateMachine.apply = (index, command) => {
    const reply = apply(index, command);
    onApplied(index, command, reply);
    return reply;
  };
}
