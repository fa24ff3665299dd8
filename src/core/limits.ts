/**
 * Every bound of the system, in one place (R1).
 *
 * Sizes are bytes, times milliseconds unless the name says ticks. A limit that protects memory is
 * checked before anything is allocated.
 */

const KiB = 1024;
const MiB = 1024 * KiB;

/** Protocol time (protocol defaults; a tick is the owner's clock). */
export const TICK_MS = 10;
export const DEFAULT_ELECTION_TICK_TIMEOUT = 30;
export const DEFAULT_RESEND_MESSAGE_TICK_TIMEOUT = 20;
export const DEFAULT_FLUSH_BATCH_TICK_TIMEOUT = 1;
export const DEFAULT_BATCH_SIZE = 1;
export const DEFAULT_BUFFER_SIZE = 100_000;

/** R2: the encoded bytes behind decidedIdx, adopted ones included. */
export const MAX_UNDECIDED_BYTES = 8 * MiB;
/** One AcceptSync or the suffix of one Promise: the log behind decidedIdx always fits. */
export const MAX_SYNC_BYTES = 8 * MiB;
/** One AcceptDecide or one chunk of a decided transfer. */
export const MAX_CHUNK_BYTES = 1 * MiB;
/** R3: bytes in flight to one follower before the leader waits for its Accepted. */
export const MAX_INFLIGHT_BYTES = 8 * MiB;
/** Proposals that wait for a leader in the core. */
export const MAX_BUFFERED_PROPOSAL_BYTES = 8 * MiB;
/** Linearizable reads that wait in the core. */
export const MAX_WAITING_READS = 100_000;

/** N5, D11: the largest frame between nodes and the largest record of a segment. */
export const MAX_PEER_FRAME_BYTES = 16 * MiB;
export const MAX_RECORD_BYTES = 16 * MiB;
/** N5: the largest frame of a client. */
export const MAX_CLIENT_FRAME_BYTES = 2 * MiB;
export const MAX_HANDSHAKE_BYTES = 4 * KiB;
export const HANDSHAKE_TIMEOUT_MS = 2_000;
/** R3, R4: what may wait in a socket before the link, or the client, is given up. */
export const MAX_PEER_SEND_BUFFER_BYTES = 24 * MiB;
export const MAX_CLIENT_SEND_BUFFER_BYTES = 4 * MiB;
/** R4: how long a client that is not listened to, for it does not read, keeps its connection. */
export const CLIENT_READ_PATIENCE_MS = 10_000;
export const MAX_CLIENT_CONNECTIONS = 1_024;
/** Requests of one connection that are waiting for an answer. */
export const MAX_CLIENT_INFLIGHT_REQUESTS = 4_096;
/** Requests that a node holds before they are proposed, or while a read is confirmed. */
export const MAX_WAITING_REQUESTS = 100_000;
export const MAX_WAITING_REQUEST_BYTES = 16 * MiB;
/** How long a request waits for an election, a link to the leader, a quorum; then it is refused. */
export const PATIENCE_WITH_ELECTION_MS = 2_000;
export const PATIENCE_WITHOUT_LINK_MS = 1_200;
export const PATIENCE_WITHOUT_QUORUM_MS = 1_000;
/** X7: how long a relayed request may be without an answer before it is sent again; then doubled. */
export const RELAY_PATIENCE_MS = 100;
/** X7: how long a node keeps what it relays for another one, which may have given it up. */
export const RELAY_FOR_OTHERS_MS = 3_000;
/** X7: how long a way that gave no answer comes last. */
export const RELAY_SUSPICION_MS = 2_000;
/** R1: requests that a node has passed on and that are not answered. */
export const MAX_RELAYED_REQUESTS = 4_096;
/** R8: how long entries are applied before the event loop gets its turn. */
export const APPLY_SLICE_MS = 10;
/** R8: how many new keys are sorted into the order of keys before the event loop gets its turn. */
export const KEY_SORT_SLICE = 1_024;
/** R8: beyond this many keys the digest of a state would hold up the event loop; 40 ms of an idle node. */
export const MAX_DIGEST_KEYS = 20_000;
/** R8: the same while others wait for the node. */
export const MAX_DIGEST_KEYS_AT_WORK = 1_000;
/** Deadlines of requests that wait are looked at every so many ticks. */
export const DEADLINE_CHECK_TICKS = 5;
/** A client waits for room beyond the first; beyond the second its connection is given up. */
export const CLIENT_HIGH_WATER_BYTES = 1 * MiB;
export const MAX_CLIENT_REQUEST_BUFFER_BYTES = 16 * MiB;
/** Accepted connections that have not said yet who they are (N6). */
export const MAX_PENDING_HANDSHAKES = 256;
/** How long last words may take to leave before a connection is closed without them. */
export const FAREWELL_MS = 1_000;
/** R7: accepting rests this long after the process ran out of file descriptors. */
export const ACCEPT_PAUSE_MS = 200;
/** N5: bad input of one peer is logged at most this often. */
export const BAD_INPUT_LOG_INTERVAL_MS = 60_000;
export const MAX_DECODE_DEPTH = 32;

/** R5. */
export const MAX_KEY_BYTES = 1 * KiB;
export const MAX_VALUE_BYTES = 1 * MiB;
export const MAX_KEYS_PER_DELETE = 1_024;
export const MAX_SCAN_LIMIT = 10_000;
/** One scan answer; the client asks on from the last key. */
export const MAX_SCAN_BYTES = 1 * MiB;

/** C3: replicated state, written by the first entry of the log. */
export const DEFAULT_SESSION_LIMIT = 1_024;
export const DEFAULT_ONE_SHOT_LIMIT = 65_536;
/**
 * Values kept in the replies of one-shots. A rule of apply: nodes of one cluster must agree on it,
 * so it changes with the format of the log only.
 */
export const MAX_ONE_SHOT_REPLY_BYTES = 16 * MiB;

/** One client handle: sessions, each with one request in flight, and calls that wait for one. */
export const MAX_CLIENT_SESSIONS = 256;
export const MAX_CLIENT_WAITING_CALLS = 100_000;

/** Segments (D16, D19). */
export const DEFAULT_SEGMENT_BYTES = 8 * MiB;
export const MIN_SEGMENT_BYTES = 4 * KiB;
/** A segment is read whole when the log is opened. */
export const MAX_SEGMENT_BYTES = 256 * MiB;
/** D16: a segment is filled with so many zeros at a time. */
export const FILL_BYTES = MiB;
export const LOG_TAIL_CACHE_BYTES = 16 * MiB;
/** R8: how long a sync may take that the event loop waits for. */
export const LOOP_SYNC_LIMIT_MS = 2;
/** R8: so many more quick syncs than others on the thread, and the loop waits for the next one. */
export const QUICK_SYNC_LEAD = 8;
/** D10: in idle time a Mark record proves a sync at the latest so long after it. */
export const MARK_DELAY_MS = 50;
/** D19: free bytes below which new writes are refused, in segments. */
export const DISK_RESERVE_SEGMENTS = 2;

/** N2: Linux cuts a longer socket path silently. */
export const MAX_SOCKET_PATH_BYTES = 107;
export const RECONNECT_BACKOFF_MIN_MS = 10;
export const RECONNECT_BACKOFF_MAX_MS = 1_000;
/** A link that lasted this long starts its back-off anew when it is lost. */
export const STABLE_LINK_MS = 1_000;

/** init makes one to nine nodes; the core has no cap. */
export const MAX_INIT_NODES = 9;
export const MAX_PID = 2 ** 32 - 1;

export const DEFAULT_COMMAND_TIMEOUT_MS = 5_000;
export const DEFAULT_START_TIMEOUT_MS = 30_000;
/** S1: SIGTERM to exit. */
export const SHUTDOWN_GRACE_MS = 5_000;
/** Of which this long for what is already proposed. */
export const SHUTDOWN_DRAIN_MS = 300;
/** Before it, a leader looks for a successor: an election timeout at most. */
export const SHUTDOWN_HAND_OVER_MS = 300;
/** E8: a follower that was told to lead and does not is given up for the next one. */
export const HAND_OVER_ATTEMPT_MS = 100;
/** E8: what `leader move` waits for at most. */
export const HAND_OVER_PATIENCE_MS = 1_000;
export const MAX_NODE_LOG_BYTES = 16 * MiB;
