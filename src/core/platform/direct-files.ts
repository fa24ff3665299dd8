/**
 * D32: log files that are written past the page cache, with O_DIRECT and O_DSYNC.
 *
 * One system call takes a batch to the disk, no page is allocated for it, and no copy is made of it
 * in the kernel. The price is alignment: whole blocks from page-aligned memory. So the last block,
 * mostly part full, stays in memory and is written again with what follows it. It must never be
 * written with anything but what the file holds there, and zeros behind its end.
 */

import * as fs from 'node:fs';

import { assert } from '../assert.js';
import { FILL_BYTES } from '../limits.js';
import { alignedMemory } from './aligned-memory.js';
import type { DirectFiles, FileSystemError, LogFile } from './ports.js';
import { writeFully, writeFullySync } from './write-fully.js';

type Done = (error: Error | undefined) => void;

/** A multiple of the logical block of every common disk, and its physical one. */
const BLOCK_BYTES = 4_096;
/** What one system call writes at most. */
const STAGE_BYTES = 1_048_576;
/** Zeros may begin inside a block that they began in before. */
const ZERO_BYTES = FILL_BYTES + BLOCK_BYTES;

const { O_DSYNC, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
/** Linux has it, not every system. */
const { O_DIRECT }: Partial<Pick<typeof fs.constants, 'O_DIRECT'>> = fs.constants;

const REFUSALS: ReadonlySet<string | undefined> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

/** Whole blocks of a file, ready to be written. */
interface StagedBlocks {
  readonly blocks: Uint8Array;
  readonly position: number;
  /** How many of the given bytes are in them. */
  readonly takenBytes: number;
}

/** The memory that one log is written from: what is under way, and zeros. */
class Stage {
  readonly #memory: Uint8Array;
  readonly #zeros: Uint8Array;
  /** Whose last block is in the memory. */
  holder: LogFile | undefined;

  constructor(memory: Uint8Array) {
    this.#memory = memory.subarray(0, STAGE_BYTES);
    this.#zeros = memory.subarray(STAGE_BYTES, STAGE_BYTES + ZERO_BYTES);
  }

  static readonly bytes = STAGE_BYTES + ZERO_BYTES;

  /** Where the block that holds the end of a file is read to. */
  get lastBlock(): Uint8Array {
    return this.#memory.subarray(0, BLOCK_BYTES);
  }

  /** Never written: its pages are the kernel's one page of zeros. */
  zeros(length: number): Uint8Array {
    assert(length <= ZERO_BYTES, 'zeros are written in pieces');
    return this.#zeros.subarray(0, alignUp(length));
  }

  /** As much as fits of the bytes, behind what the block of `position` holds before it. */
  put(bytes: Uint8Array, position: number): StagedBlocks {
    const before = position % BLOCK_BYTES;
    const takenBytes = Math.min(bytes.length, STAGE_BYTES - before);
    const end = before + takenBytes;
    this.#memory.set(bytes.subarray(0, takenBytes), before);
    this.#memory.fill(0, end, alignUp(end));
    const blocks = this.#memory.subarray(0, alignUp(end));
    return { blocks, position: position - before, takenBytes };
  }

  /** They are on the disk: the last of them, where it has room, is the first of the next write. */
  keepLast({ blocks }: StagedBlocks): void {
    this.#memory.copyWithin(0, blocks.length - BLOCK_BYTES, blocks.length);
  }
}

class DirectLogFile implements LogFile {
  readonly #descriptor: number;
  readonly #stage: Stage;
  #end: number;
  #isBusy = false;

  constructor(descriptor: number, stage: Stage, end: number) {
    this.#descriptor = descriptor;
    this.#stage = stage;
    this.#end = end;
  }

  write(bytes: Uint8Array, position: number, done: Done): void {
    this.#begin(position);
    const writeRest = (rest: Uint8Array): void => {
      const staged = this.#stage.put(rest, this.#end);
      this.#writeBlocks(staged.blocks, staged.position, (error) => {
        if (error === undefined) this.#ended(staged);
        const left = rest.subarray(staged.takenBytes);
        if (error === undefined && left.length > 0) {
          writeRest(left);
          return;
        }
        this.#isBusy = false;
        done(error);
      });
    };
    writeRest(bytes);
  }

  writeNow(bytes: Uint8Array, position: number): void {
    this.#begin(position);
    for (let rest = bytes; rest.length > 0;) {
      const staged = this.#stage.put(rest, this.#end);
      writeFullySync(
        (from, offset, at) =>
          fs.writeSync(this.#descriptor, from, offset, from.length - offset, at),
        staged.blocks,
        staged.position,
      );
      this.#ended(staged);
      rest = rest.subarray(staged.takenBytes);
    }
    this.#isBusy = false;
  }

  fill(position: number, length: number, done: Done): void {
    const before = position % BLOCK_BYTES;
    assert(position - before >= this.#end, 'zeros come behind what was written');
    this.#writeBlocks(this.#stage.zeros(before + length), position - before, done);
  }

  /** There is nothing that is not on the disk. */
  sync(done: Done): void {
    done(undefined);
  }

  close(): void {
    fs.closeSync(this.#descriptor);
  }

  /** In another place, or from another file's last block, a write would change what is there. */
  #begin(position: number): void {
    assert(!this.#isBusy, 'D14: two writes at a time');
    assert(position === this.#end, 'a write begins where the last one ended');
    assert(position === 0 || this.#stage.holder === this, 'another file was written since');
    this.#stage.holder = this;
    this.#isBusy = true;
  }

  #ended(staged: StagedBlocks): void {
    this.#end += staged.takenBytes;
    this.#stage.keepLast(staged);
  }

  #writeBlocks(blocks: Uint8Array, position: number, done: Done): void {
    writeFully(
      (from, offset, at, wrote) =>
        fs.write(this.#descriptor, from, offset, from.length - offset, at, wrote),
      blocks,
      position,
      done,
    );
  }
}

/** For one log: its segments are written one after the other, from the same memory. */
export class NodeDirectFiles implements DirectFiles {
  #stage: Stage | undefined;

  /** Tried by reading the block that holds the end, which is needed anyway. */
  open(path: string, end: number): LogFile | undefined {
    const memory = O_DIRECT === undefined ? undefined : alignedMemory(Stage.bytes);
    if (O_DIRECT === undefined || memory === undefined) return undefined;
    const stage = new Stage(memory);
    const descriptor = ifTaken(() => fs.openSync(path, O_RDWR | O_DIRECT | O_DSYNC));
    if (descriptor === undefined) return undefined;
    const heldBytes = end % BLOCK_BYTES;
    let isHeld = false;
    try {
      const count = ifTaken(() =>
        fs.readSync(descriptor, stage.lastBlock, 0, BLOCK_BYTES, end - heldBytes),
      );
      // The first write repeats these bytes: what was not read would be lost by it.
      isHeld = count !== undefined && count >= heldBytes;
    } finally {
      if (!isHeld) fs.closeSync(descriptor);
    }
    if (!isHeld) return undefined;
    this.#stage = stage;
    const file = new DirectLogFile(descriptor, stage, end);
    stage.holder = file;
    return file;
  }

  create(path: string): LogFile {
    assert(O_DIRECT !== undefined && this.#stage !== undefined, 'direct writes were not tried');
    const flags = O_RDWR | O_DIRECT | O_DSYNC | O_CREAT | O_EXCL;
    return new DirectLogFile(fs.openSync(path, flags, 0o600), this.#stage, 0);
  }
}

/** Undefined where the file system takes no direct access: some say so at `open`, some at the first read. */
function ifTaken(access: () => number): number | undefined {
  try {
    return access();
  } catch (error) {
    if (REFUSALS.has((error as FileSystemError).code)) return undefined;
    throw error;
  }
}

function alignUp(length: number): number {
  return Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES;
}
