/**
 * Every error a caller can meet: a stable id, an exit status, the long text.
 *
 * Ids are part of the interface: they are never renamed. The message of an error says what
 * happened to *this* call; the registry says what the id means and what to do next
 * (`omnikv explain ID`).
 */

export const EXIT = {
  done: 0,
  failed: 1,
  undecided: 2,
  degraded: 3,
  notFound: 4,
  conditionFailed: 5,
  usage: 64,
  corrupt: 65,
  unavailable: 69,
  alreadyExists: 73,
  ioError: 74,
  unknownOutcome: 75,
  invalidConfig: 78,
  waitTimedOut: 124,
  interrupted: 130,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

interface ErrorEntry {
  readonly exit: ExitStatus;
  readonly meaning: string;
  readonly next: string;
}

const registry = {
  OMNIKV_INTERNAL: {
    exit: EXIT.failed,
    meaning: 'A rule that omnikv relies on did not hold. The node stopped rather than go on.',
    next: 'Keep the data directory and the log file, and report both with the message.',
  },
  OMNIKV_USAGE: {
    exit: EXIT.usage,
    meaning: 'A flag, an argument or a command is not one that omnikv knows.',
    next: 'omnikv COMMAND --help shows what the command takes.',
  },
  OMNIKV_INVALID_VALUE: {
    exit: EXIT.usage,
    meaning:
      'A value is an unsigned 64-bit integer (0 to 18446744073709551615) unless you ask for text or bytes.',
    next: 'omnikv put KEY --text VALUE stores text; --file PATH and - store bytes.',
  },
  OMNIKV_INVALID_KEY: {
    exit: EXIT.usage,
    meaning: 'A key is 1 to 1024 bytes of UTF-8.',
    next: 'Name a key of 1 to 1024 bytes; keep long data in the value.',
  },
  OMNIKV_VALUE_TOO_LARGE: {
    exit: EXIT.usage,
    meaning: 'A value is at most 1 MiB. It was refused before it was sent.',
    next: 'Split the value over several keys.',
  },
  OMNIKV_INVALID_ENTRY: {
    exit: EXIT.usage,
    meaning: 'The entry cannot be encoded, or is larger than one record (16 MiB) may be.',
    next: 'Check the codec of the storage against the entries you append.',
  },
  OMNIKV_NOT_A_CLUSTER: {
    exit: EXIT.usage,
    meaning: 'Neither this directory nor one above it holds a cluster (config/cluster.toml).',
    next: 'omnikv init --nodes 3 makes one here; --dir DIR or OMNIKV_DIR names another.',
  },
  OMNIKV_CLUSTER_EXISTS: {
    exit: EXIT.alreadyExists,
    meaning: 'init found a cluster here and did not touch it.',
    next: 'omnikv start runs it; omnikv init --force moves its data aside and starts anew.',
  },
  OMNIKV_CLUSTER_BUSY: {
    exit: EXIT.alreadyExists,
    meaning: 'Another omnikv command is changing this cluster and did not finish in time.',
    next: 'Wait for it, then try again. After a kill -9 its lock goes stale in 10 seconds.',
  },
  OMNIKV_CLUSTER_RUNNING: {
    exit: EXIT.alreadyExists,
    meaning: 'The command needs every node of the cluster to be stopped.',
    next: 'omnikv stop',
  },
  OMNIKV_UNKNOWN_NODE: {
    exit: EXIT.usage,
    meaning: 'The cluster has no such node.',
    next: 'omnikv status lists the nodes; all, leader, followers and down work too.',
  },
  OMNIKV_INVALID_CONFIG: {
    exit: EXIT.invalidConfig,
    meaning: 'A configuration file does not say what omnikv needs.',
    next: 'omnikv config validate checks all files and names line and key.',
  },
  OMNIKV_CONFIG_CHANGED: {
    exit: EXIT.invalidConfig,
    meaning: 'pid, peers or configuration_id differ from those the data was written under.',
    next: 'Put the old values back: membership cannot be changed by editing a file.',
  },
  OMNIKV_IDENTITY_MISMATCH: {
    exit: EXIT.corrupt,
    meaning: 'The data directory belongs to another node or another cluster, or was copied.',
    next: 'Put the right directory back under data/. Nothing was changed.',
  },
  OMNIKV_CORRUPT_DATA: {
    exit: EXIT.corrupt,
    meaning: 'Data that was on the disk has changed. The node refuses to start with it.',
    next: 'omnikv log verify NODE shows where. The other nodes serve on while they are a majority.',
  },
  OMNIKV_DATA_MISSING: {
    exit: EXIT.corrupt,
    meaning:
      'The data directory of a node is gone or has lost its identity. Started empty under its old id, the node could break promises it made.',
    next: 'Put the directory back. The others serve on while they are a majority; if it is lost for good, omnikv init --force starts a new, empty cluster.',
  },
  OMNIKV_UNSUPPORTED_FORMAT: {
    exit: EXIT.corrupt,
    meaning: 'The data was written in a format version that this omnikv does not know.',
    next: 'Use the omnikv that wrote it, or a newer one.',
  },
  OMNIKV_STORAGE_EXISTS: {
    exit: EXIT.alreadyExists,
    meaning: 'PersistentStorage.create found a storage at this path.',
    next: 'Use PersistentStorage.open, or another path.',
  },
  OMNIKV_DATA_IN_USE: {
    exit: EXIT.alreadyExists,
    meaning: 'Another process has this data directory open.',
    next: 'omnikv status shows the running nodes; omnikv stop ends them.',
  },
  OMNIKV_INSECURE_PERMISSIONS: {
    exit: EXIT.invalidConfig,
    meaning: 'The data directory may be written by others than its owner.',
    next: 'chmod 700 the directory.',
  },
  OMNIKV_IO: {
    exit: EXIT.ioError,
    meaning: 'A file could not be read or written. A node that meets this stops at once.',
    next: 'Look at the disk, its permissions and its free space; then omnikv recover.',
  },
  OMNIKV_DISK_FULL: {
    exit: EXIT.ioError,
    meaning: 'The disk is nearly full. New writes are refused while reads go on.',
    next: 'Free space; the cluster accepts writes again by itself.',
  },
  OMNIKV_PATH_TOO_LONG: {
    exit: EXIT.invalidConfig,
    meaning: 'No directory with a short enough name for the Unix sockets (107 bytes) was found.',
    next: 'Set XDG_RUNTIME_DIR or TMPDIR to a short path.',
  },
  OMNIKV_UNSUPPORTED_PLATFORM: {
    exit: EXIT.unavailable,
    meaning: 'Cluster commands and PersistentStorage run on Linux only.',
    next: 'The library runs elsewhere with MemoryStorage or a storage of your own.',
  },
  OMNIKV_NO_QUORUM: {
    exit: EXIT.unavailable,
    meaning: 'Too few nodes can reach one another to agree. Nothing was proposed.',
    next: 'omnikv status shows which nodes are down; omnikv recover brings them back.',
  },
  OMNIKV_DEGRADED: {
    exit: EXIT.degraded,
    meaning: 'A leader serves, and some nodes are down, paused or cut off.',
    next: 'omnikv recover brings nodes back that are down; omnikv logs NODE says what happened.',
  },
  OMNIKV_NOT_LEADER: {
    exit: EXIT.unavailable,
    meaning: 'This node does not lead, and knows no leader or may not pass the request on.',
    next: 'Ask the leader, or try again: an election takes less than two seconds.',
  },
  OMNIKV_UNREACHABLE: {
    exit: EXIT.unavailable,
    meaning: 'No node of the cluster answered.',
    next: 'omnikv start runs the cluster; omnikv status shows it.',
  },
  OMNIKV_NOT_HANDED_OVER: {
    exit: EXIT.failed,
    meaning:
      'No other node took the lead over: it was not in step with the leader, or did not answer in time.',
    next: 'omnikv wait --for synced, then try again; omnikv status shows who lags or is cut off.',
  },
  OMNIKV_NODE_DOWN: {
    exit: EXIT.unavailable,
    meaning: 'The node that was named does not run.',
    next: 'omnikv recover NODE brings it back.',
  },
  OMNIKV_NODE_EXITED: {
    exit: EXIT.failed,
    meaning: 'A node ended by itself, while it was starting or later.',
    next: 'omnikv logs NODE shows why.',
  },
  OMNIKV_START_TIMEOUT: {
    exit: EXIT.unavailable,
    meaning: 'The nodes run, but no leader served before the deadline.',
    next: 'omnikv status shows the nodes; omnikv logs NODE what they say.',
  },
  OMNIKV_OVERLOADED: {
    exit: EXIT.unavailable,
    meaning: 'Too much is waiting to be decided. The request was refused before it was proposed.',
    next: 'Send less at once, and try again.',
  },
  OMNIKV_SHUTTING_DOWN: {
    exit: EXIT.unavailable,
    meaning: 'The node is stopping and takes no more requests.',
    next: 'Ask another node.',
  },
  OMNIKV_WRONG_CLUSTER: {
    exit: EXIT.unavailable,
    meaning: 'The other end of the socket belongs to another cluster, or is another node.',
    next: 'Check the socket path and the cluster directory.',
  },
  OMNIKV_PROTOCOL: {
    exit: EXIT.unavailable,
    meaning: 'The other end of the socket sent bytes that are no frame of this protocol.',
    next: 'Check that both ends are omnikv, and of versions that speak with each other.',
  },
  OMNIKV_TIMEOUT: {
    exit: EXIT.unavailable,
    meaning: 'No answer came before the deadline, and nothing was proposed.',
    next: 'Try again with a longer --timeout; omnikv status shows the cluster.',
  },
  OMNIKV_UNKNOWN_OUTCOME: {
    exit: EXIT.unknownOutcome,
    meaning:
      'The request was sent and not confirmed before the deadline: it may take effect, now or later, once.',
    next: 'Repeat the command with the printed --request-id: it takes effect at most once.',
  },
  OMNIKV_REQUEST_EXPIRED: {
    exit: EXIT.unknownOutcome,
    meaning:
      'The request is too old: the cluster no longer remembers whether it took effect. It was not executed now.',
    next: 'Read the key to see what holds, then send a new request.',
  },
  OMNIKV_SESSION_EXPIRED: {
    exit: EXIT.unknownOutcome,
    meaning: 'The session was evicted: earlier requests of it may have taken effect.',
    next: 'Open a new session.',
  },
  OMNIKV_STALE_REQUEST: {
    exit: EXIT.failed,
    meaning: 'A later request of the same session has been executed.',
    next: 'Number the requests of a session 1, 2, 3 … and wait for each answer.',
  },
  OMNIKV_SEQUENCE_GAP: {
    exit: EXIT.unknownOutcome,
    meaning: 'The session has not executed the request before this one.',
    next: 'Repeat the earlier request first, or open a new session.',
  },
  OMNIKV_KEY_NOT_FOUND: {
    exit: EXIT.notFound,
    meaning: 'The key has no value.',
    next: 'omnikv scan lists the keys; --default X gives an answer for a missing one.',
  },
  OMNIKV_CONDITION_FAILED: {
    exit: EXIT.conditionFailed,
    meaning: 'The key does not hold what the command asked for. Nothing was changed.',
    next: 'omnikv get KEY --meta shows value and version.',
  },
  OMNIKV_NOT_A_NUMBER: {
    exit: EXIT.conditionFailed,
    meaning: 'The key holds text or bytes, not a number. Nothing was changed.',
    next: 'omnikv get KEY --meta shows what it holds.',
  },
  OMNIKV_OVERFLOW: {
    exit: EXIT.conditionFailed,
    meaning: 'The sum is larger than 18446744073709551615. Nothing was changed.',
    next: 'omnikv put KEY 0 starts again.',
  },
  OMNIKV_PENDING_RECONFIGURATION: {
    exit: EXIT.unavailable,
    meaning: 'The configuration has ended; its log takes no more entries.',
    next: 'Ask a member of the next configuration.',
  },
  OMNIKV_WAIT_TIMEOUT: {
    exit: EXIT.waitTimedOut,
    meaning: 'What wait was waiting for did not happen before the deadline.',
    next: 'omnikv status shows the cluster.',
  },
  OMNIKV_STATES_DIFFER: {
    exit: EXIT.failed,
    meaning: 'Nodes that have applied the same entries hold different states. This must never be.',
    next: 'Stop the cluster, keep its directory as it is, and report it with the logs.',
  },
  OMNIKV_NOT_LINEARIZABLE: {
    exit: EXIT.failed,
    meaning:
      'No order of the recorded operations explains their answers: a read was stale, or a write was lost or doubled.',
    next: 'Keep the file and the cluster directory, and report both; the window shows which operations disagree.',
  },
  OMNIKV_UNDECIDED: {
    exit: EXIT.undecided,
    meaning: 'The question was neither answered with yes nor with no within its bounds.',
    next: 'Try again with a longer --timeout, or when nothing is being written.',
  },
  OMNIKV_INVALID_HISTORY: {
    exit: EXIT.corrupt,
    meaning: 'The file is no history of operations that omnikv check can read.',
    next: 'omnikv bench --record FILE writes one; docs/formats.md describes it.',
  },
  OMNIKV_INVARIANT_VIOLATED: {
    exit: EXIT.failed,
    meaning: 'A simulated run broke a rule that must hold in every run. This is a bug of omnikv.',
    next: 'Report the printed command: it replays the run bit for bit.',
  },
  OMNIKV_NOT_SENT: {
    exit: EXIT.failed,
    meaning:
      'The operation was not sent: the run ended before its turn, or one before it on the same key has an unknown outcome, which it must not overtake.',
    next: 'See the error that came first; then run the operations that were not sent again.',
  },
  OMNIKV_OPERATIONS_FAILED: {
    exit: EXIT.failed,
    meaning:
      'Some operations of a batch or a shell failed, for different reasons. The others were done.',
    next: 'Each operation that failed has an error of its own, with its line.',
  },
  OMNIKV_INTERRUPTED: {
    exit: EXIT.interrupted,
    meaning: 'The command was interrupted.',
    next: 'omnikv status shows what it left.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorId = keyof typeof registry;

export const ERROR_IDS = Object.freeze(Object.keys(registry)) as readonly ErrorId[];

export function describeError(id: ErrorId): ErrorEntry {
  return registry[id];
}

export function isErrorId(text: string): text is ErrorId {
  return Object.hasOwn(registry, text);
}

export interface OmnikvErrorOptions {
  /** Commands to type next, most useful first; the registry's advice where there are none. */
  readonly suggestions?: readonly string[];
  readonly cause?: unknown;
}

/** The one error class of the public interface: `code` is the stable id. */
export class OmnikvError extends Error {
  override readonly name: string = 'OmnikvError';
  readonly code: ErrorId;
  readonly exit: ExitStatus;
  readonly suggestions: readonly string[];

  constructor(code: ErrorId, message: string, options: OmnikvErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.exit = registry[code].exit;
    this.suggestions = options.suggestions ?? [registry[code].next];
  }
}

/** The request was sent and not confirmed: the caller may conclude nothing about its effect. */
export class UnknownOutcomeError extends OmnikvError {
  override readonly name = 'UnknownOutcomeError';
  /** Names the request for a repetition that takes effect at most once; only one-shots have one. */
  readonly requestId: string | undefined;

  constructor(message: string, options: UnknownOutcomeErrorOptions = {}) {
    super('OMNIKV_UNKNOWN_OUTCOME', message, options);
    this.requestId = options.requestId;
  }
}

export interface UnknownOutcomeErrorOptions extends OmnikvErrorOptions {
  readonly requestId?: string | undefined;
}
