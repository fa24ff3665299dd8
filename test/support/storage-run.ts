/**
 * The real storage on a simulated disk, through lives and deaths drawn from a seed.
 *
 * Batches, flushes, kills and power cuts alternate at random; after every death the log is opened
 * again and must be one of the states that the batches made, none before what was told durable.
 * `wrap` breaks the file system on purpose: such a run must fail.
 */

import { OmnikvError } from '../../src/core/errors.js';
import type { Ballot } from '../../src/core/omnipaxos/ballot.js';
import type { StorageOperation } from '../../src/core/omnipaxos/storage-port.js';
import type { FileSystem } from '../../src/core/platform/ports.js';
import { SimulatedDisk, type DiskEvent } from '../../src/core/simulator/disk/simulated-disk.js';
import { EventQueue } from '../../src/core/simulator/event-queue.js';
import type { DiskPlan } from '../../src/core/simulator/plan.js';
import { Prng } from '../../src/core/simulator/prng.js';
import { createDataDirectory, type PersistentStorage } from '../../src/core/storage/index.js';
import { isDataAbsent } from '../../src/core/storage/data-directory.js';
import { beforeEveryCall } from './broken-file-systems.js';
import { drawDiskPlan } from './disk-bench.js';
import { IDENTITY, openStorage } from './open-storage.js';
import { StorageModel, type LogState } from './storage-model.js';

const PATH = '/data/node1';

export type Wrap = (fileSystem: FileSystem, queue: EventQueue) => FileSystem;

export interface StorageRunOptions {
  readonly seed: number;
  readonly steps?: number;
  readonly plan?: Partial<DiskPlan>;
  readonly wrap?: Wrap;
}

export interface StorageRunReport {
  readonly counts: Readonly<Record<string, number>>;
  readonly trace: readonly string[];
}

export function runStorage(options: StorageRunOptions): StorageRunReport {
  const run = new StorageRun(options);
  run.play(options.steps ?? 120);
  return run.report();
}

export class LostData extends Error {}

/** What a log says that was damaged at rest. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof OmnikvError &&
    ['OMNIKV_CORRUPT_DATA', 'OMNIKV_UNSUPPORTED_FORMAT'].includes(error.code)
  );
}

class StorageRun {
  readonly #prng: Prng;
  readonly #queue = new EventQueue();
  readonly #disk: SimulatedDisk;
  readonly #options: StorageRunOptions;
  readonly #model = new StorageModel();
  readonly #counts: Record<string, number> = {};
  readonly #trace: string[] = [];
  readonly #segmentBytes: number;
  readonly #maxEntryBytes: number;
  readonly #isDamaging: boolean;
  #storage: PersistentStorage<Uint8Array> | undefined;
  #life = 0;
  #serial = 0;
  #isDead = true;
  #isOpened = false;
  #isMended = false;
  #isDamaged = false;
  #isRefused = false;

  constructor(options: StorageRunOptions) {
    this.#options = options;
    this.#prng = new Prng(`storage-run/${options.seed}`);
    this.#segmentBytes = this.#prng.pick([4_096, 8_192, 16_384, 65_536]);
    this.#isDamaging = this.#prng.chance(0.2);
    this.#maxEntryBytes = this.#prng.pick([40, 900, 9_000, 70_000]);
    this.#disk = new SimulatedDisk({
      prng: this.#prng.split('disk'),
      queue: this.#queue,
      plan: { ...drawDiskPlan(this.#prng.split('plan')), ...options.plan },
      onEvent: (event: DiskEvent) => {
        this.#count(event.kind);
        this.#trace.push(`${this.#queue.nowUs} ${event.kind} ${event.detail}`);
      },
    });
  }

  play(steps: number): void {
    for (let step = 0; step < steps && !this.#wasRefused(); step++) this.#step();
    if (this.#wasRefused()) return;
    this.#disk.mend();
    this.#isMended = true;
    if (!this.#isDead) this.#die(this.#drawDeath());
    if (!this.#reopen() && !this.#wasRefused()) this.#fail('it does not open at last');
  }

  report(): StorageRunReport {
    return { counts: this.#counts, trace: this.#trace };
  }

  #wasRefused(): boolean {
    return this.#isRefused;
  }

  #isAlive(): boolean {
    return !this.#isDead;
  }

  #drawDeath(): 'kill' | 'powerCut' {
    return this.#prng.chance(0.5) ? 'powerCut' : 'kill';
  }

  #step(): void {
    if (this.#isDead) {
      if (this.#prng.chance(0.3)) this.#die('powerCut');
      if (this.#isDamaging && this.#prng.chance(0.1)) this.#damage();
      this.#reopen();
      return;
    }
    if (this.#storage!.failure !== undefined) {
      this.#count('failed');
      this.#die(this.#drawDeath());
      return;
    }
    try {
      this.#act(this.#prng.fraction());
    } catch (error) {
      // Whatever a process did after its death is of no interest.
      if (error instanceof LostData || this.#isAlive()) throw error;
    }
  }

  #act(draw: number): void {
    if (draw < 0.4) this.#submit();
    else if (draw < 0.65) this.#flush();
    else if (draw < 0.9) this.#elapse(this.#prng.pick([10, 1_000, 10_000, 100_000]));
    else if (draw < 0.95) this.#audit();
    else this.#die(draw < 0.98 ? 'powerCut' : 'kill');
  }

  #submit(): void {
    const { state } = this.#model.last;
    const { decidedIdx, acceptedIdx } = state;
    const operations: StorageOperation<Uint8Array>[] = [];
    const fromIdx = this.#prng.chance(0.8) ? acceptedIdx : this.#prng.int(decidedIdx, acceptedIdx);
    const count = this.#prng.int(0, 5);
    const entries = Array.from({ length: count }, () => this.#entry());
    if (this.#prng.chance(0.9)) operations.push({ kind: 'appendOnPrefix', fromIdx, entries });
    if (this.#prng.chance(0.1)) {
      const ballot: Ballot = { ...state.promise, n: state.promise.n + 1, pid: 1 };
      operations.push({ kind: 'setPromise', ballot });
      if (this.#prng.chance(0.5)) operations.push({ kind: 'setAcceptedRound', ballot });
    }
    if (operations.length === 0 || this.#prng.chance(0.5)) {
      const top = operations[0]?.kind === 'appendOnPrefix' ? fromIdx + count : acceptedIdx;
      const idx = Math.max(decidedIdx, this.#prng.int(decidedIdx, Math.max(decidedIdx, top)));
      operations.push({ kind: 'setDecidedIdx', idx });
    }
    this.#count('submit');
    const position = this.#storage!.submit(operations);
    const expected = this.#model.submit(operations);
    if (!this.#isDead && position !== expected)
      this.#fail(`position ${position} instead of ${expected}`);
  }

  #flush(): void {
    const life = this.#life;
    this.#count('flush');
    this.#storage!.startFlush((outcome) => {
      if (outcome.kind === 'failed') return;
      if (life !== this.#life) this.#fail('a dead process was told of a flush');
      this.#count('durable');
      this.#trace.push(`${this.#queue.nowUs} durable ${outcome.position}`);
      this.#model.durable(outcome.position);
    });
  }

  #elapse(us: number): void {
    const untilUs = this.#queue.nowUs + us;
    while (this.#queue.step(untilUs));
  }

  /** What the disk would hold if the power went now. */
  #audit(): void {
    this.#count('audit');
    const found = this.#read(this.#open(this.#disk.durableCopy()));
    if (this.#model.positionOf(found) === undefined) this.#fail('an audit finds another log');
  }

  #die(how: 'kill' | 'powerCut'): void {
    this.#life += 1;
    this.#isDead = true;
    this.#count(how);
    if (how === 'kill') this.#disk.processDied();
    else {
      const summary = this.#disk.powerCut();
      for (const [fate, count] of Object.entries(summary)) this.#count(fate, count as number);
    }
    this.#trace.push(`${this.#queue.nowUs} ${how}`);
  }

  /** False where the disk, or death, did not let it. */
  #reopen(): boolean {
    try {
      const fileSystem = this.#beginLife();
      if (!this.#isOpened && isDataAbsent(fileSystem, PATH)) this.#create(fileSystem);
      this.#storage = this.#open(fileSystem);
      const found = this.#read(this.#storage);
      const position = this.#model.positionOf(found);
      this.#trace.push(`${this.#queue.nowUs} opened ${found.entries.length}`);
      if (position === undefined) this.#fail(`reopened with ${JSON.stringify(found.state)}`);
      if (this.#storage.tornBytes > 0) this.#count('tornTail');
      this.#model.reopened(found);
      this.#count('opened');
      this.#isOpened = true;
      return true;
    } catch (error) {
      if (error instanceof LostData) throw error;
      if (this.#isDamaged && isRefusal(error)) {
        this.#count('refused');
        this.#isRefused = true;
        this.#isDead = true;
        return false;
      }
      const isExpected = error instanceof OmnikvError && error.code === 'OMNIKV_IO';
      if (!isExpected && !this.#isDead) throw error;
      this.#count(this.#isDead ? 'diedOpening' : 'openFailed');
      if (!this.#isDead) this.#die('kill');
      this.#storage = undefined;
      return false;
    }
  }

  #open(fileSystem: FileSystem): PersistentStorage<Uint8Array> {
    const life = this.#life;
    const found = this.#disk.withoutFaults(() => fileSystem.status(PATH));
    return openStorage({
      ...{ fileSystem, path: PATH, queue: this.#queue, segmentBytes: this.#segmentBytes },
      directoryIdentity: found?.identity ?? 'gone',
      isAlive: () => life === this.#life,
    });
  }

  #read(storage: PersistentStorage<Uint8Array>): LogState {
    const state = storage.state();
    return { state, entries: storage.entries(0, state.acceptedIdx) };
  }

  #damage(): void {
    const detail = this.#disk.damageAtRest();
    if (detail !== undefined) this.#isDamaged = true;
  }

  #create(fileSystem: FileSystem): void {
    this.#count('create');
    const random = { bytes: (n: number) => this.#bytes(n), fraction: () => 0.5 };
    createDataDirectory({ fileSystem, random, path: PATH, identity: IDENTITY });
  }

  /** Some lives end in the middle of what they do, before a call that was drawn. */
  #beginLife(): FileSystem {
    const { wrap } = this.#options;
    const opened = this.#disk.openLife();
    this.#isDead = false;
    const fileSystem = wrap?.(opened, this.#queue) ?? opened;
    if (this.#isMended || !this.#prng.chance(0.3)) return fileSystem;
    let callsLeft = Math.floor(2 ** (this.#prng.fraction() * 8));
    return beforeEveryCall(fileSystem, () => {
      callsLeft -= 1;
      if (callsLeft === 0 && !this.#isDead) this.#die(this.#drawDeath());
    });
  }

  #entry(): Uint8Array {
    const isLarge = this.#prng.chance(0.1);
    const sizeBytes = this.#prng.int(8, isLarge ? this.#maxEntryBytes : 100);
    const bytes = new Uint8Array(Math.max(8, sizeBytes)).fill(this.#prng.next() & 0xff);
    new DataView(bytes.buffer).setUint32(0, ++this.#serial);
    return bytes;
  }

  #bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#prng.next() & 0xff);
  }

  #count(what: string, times = 1): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + times;
  }

  #fail(what: string): never {
    const tail = this.#trace.slice(-25).join('\n');
    throw new LostData(
      `seed ${this.#options.seed}: ${what}; may be ${this.#model.describe()}\n${tail}`,
    );
  }
}
