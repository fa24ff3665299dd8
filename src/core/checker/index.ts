/**
 * The door of the checker room: a history in, a verdict out. Knows types of the store, no consensus.
 */

export type {
  CheckLimits,
  HeldValue,
  HistoryEntry,
  HistoryEvent,
  HistoryOperation,
  HistoryResult,
  Verdict,
} from './history.js';
export { checkHistory } from './check-history.js';
export { HistoryBook } from './history-book.js';
export { historyOperationsOf, historyResultOf } from './store-history.js';
export { HistoryRecorder, type HistoryRecorderOptions } from './history-recorder.js';
export {
  formatHistoryEntry,
  formatHistoryEvent,
  HISTORY_HEADER,
  HistoryParser,
  parseHistory,
  type HistoryLineError,
  type ParsedHistory,
} from './history-lines.js';
