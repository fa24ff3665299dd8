/**
 * What a node writes into `run/`: its own run file (S5), and its last words.
 *
 * Written whole or not at all, by rename; nothing here needs to survive a power cut. The run file
 * is written only while the node holds its data directory, and removed before it lets go of it.
 */

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import type { ClusterLayout } from '../config/cluster-layout.js';
import { encodeRunDirectoryFile, type FailureFile, type RunFile } from '../config/run-file.js';

export class RunDirectory {
  readonly #layout: ClusterLayout;
  readonly #pid: number;

  constructor(layout: ClusterLayout, pid: number) {
    this.#layout = layout;
    this.#pid = pid;
  }

  writeRunFile(file: RunFile): void {
    this.#write(this.#layout.runFile(this.#pid), encodeRunDirectoryFile(file));
  }

  removeRunFile(): void {
    rmSync(this.#layout.runFile(this.#pid), { force: true });
  }

  writeFailure(failure: FailureFile): void {
    this.#write(this.#layout.failureFile(this.#pid), encodeRunDirectoryFile(failure));
  }

  /** Of an earlier start. */
  removeFailure(): void {
    rmSync(this.#layout.failureFile(this.#pid), { force: true });
  }

  #write(path: string, bytes: Uint8Array): void {
    mkdirSync(this.#layout.runDirectory, { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}.tmp`;
    writeFileSync(temporary, bytes, { mode: 0o600 });
    renameSync(temporary, path);
  }
}
