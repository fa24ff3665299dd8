/**
 * What a long command is doing, step by step, for whoever shows it.
 *
 * Steps are facts for people; no program decides by them. Nothing is printed in this room.
 */

export type ClusterStep =
  | { readonly kind: 'spawned'; readonly pid: number; readonly osPid: number }
  | { readonly kind: 'alreadyRunning'; readonly pid: number; readonly osPid: number }
  | { readonly kind: 'up'; readonly pid: number; readonly decidedIdx: number }
  | { readonly kind: 'waitingForLeader' }
  | { readonly kind: 'leader'; readonly pid: number }
  | {
      readonly kind: 'catchingUp';
      readonly pid: number;
      readonly decidedIdx: number;
      readonly targetIdx: number;
    }
  | { readonly kind: 'stopping'; readonly pid: number; readonly osPid: number }
  | { readonly kind: 'stopped'; readonly pid: number }
  | { readonly kind: 'escalated'; readonly pid: number }
  | { readonly kind: 'killed'; readonly pid: number; readonly osPid: number }
  /** A node in the foreground ended by itself. */
  | { readonly kind: 'ended'; readonly pid: number; readonly how: string }
  | { readonly kind: 'alreadyDown'; readonly pid: number }
  | {
      readonly kind: 'paused' | 'alreadyPaused' | 'resumed';
      readonly pid: number;
      readonly osPid: number;
    }
  | { readonly kind: 'waitingForLock'; readonly holder: string };

export type OnStep = (step: ClusterStep) => void;

/** One line, without a full stop. */
export function describeStep(step: ClusterStep): string {
  switch (step.kind) {
    case 'spawned':
      return `node ${step.pid} spawned (process ${step.osPid})`;
    case 'alreadyRunning':
      return `node ${step.pid} runs already (process ${step.osPid})`;
    case 'up':
      return `node ${step.pid} is up at ${step.decidedIdx}`;
    case 'waitingForLeader':
      return 'waiting for a leader';
    case 'leader':
      return `node ${step.pid} leads`;
    case 'catchingUp':
      return `node ${step.pid} catches up: ${step.decidedIdx} of ${step.targetIdx}`;
    case 'stopping':
      return `stopping node ${step.pid} (process ${step.osPid})`;
    case 'stopped':
      return `node ${step.pid} stopped`;
    case 'escalated':
      return `node ${step.pid} did not stop in time and was killed`;
    case 'killed':
      return `node ${step.pid} killed (process ${step.osPid})`;
    case 'ended':
      return `node ${step.pid} ended (${step.how})`;
    case 'alreadyDown':
      return `node ${step.pid} was down already`;
    case 'paused':
      return `node ${step.pid} paused (process ${step.osPid})`;
    case 'alreadyPaused':
      return `node ${step.pid} is paused (process ${step.osPid})`;
    case 'resumed':
      return `node ${step.pid} goes on (process ${step.osPid})`;
    case 'waitingForLock':
      return `waiting for ${step.holder}`;
  }
}
