/**
 * A load that keeps a ledger: puts, incrs and reads whose answers are compared with what was
 * acknowledged before, while nodes die and come back.
 *
 * Each worker has a few keys of its own, and takes a new one after an unknown outcome. Values are
 * never written twice. A failure that is certain counts as no effect at all; the ledger would show
 * if it had one.
 */

import { EXIT, OmnikvError } from '../errors.js';
import type { LoadPorts } from './closed-loop.js';
import { Ledger } from './ledger.js';
import type { LoadClient } from './workload.js';

const KEYS_PER_WORKER = 4;
const PAUSE_AFTER_ERROR_MS = 10;

export interface CheckedLoadOptions {
  readonly concurrency: number;
  /** Keys begin with it; the counter is `<prefix>counter`. */
  readonly keyPrefix: string;
}

export class CheckedLoad {
  readonly ledger: Ledger;
  readonly counterKey: string;
  readonly #client: LoadClient;
  readonly #options: CheckedLoadOptions;
  readonly #ports: LoadPorts;
  #workers: Promise<unknown> = Promise.resolve();
  #isStopping = false;
  #lastKey = 0;
  #lastValue = 0n;
  #failedCount = 0;

  constructor(client: LoadClient, options: CheckedLoadOptions, ports: LoadPorts) {
    this.#client = client;
    this.#options = options;
    this.#ports = ports;
    this.ledger = new Ledger();
    this.counterKey = `${options.keyPrefix}counter`;
  }

  /** Calls that failed for certain: refused, no quorum, unreachable. */
  get failedCount(): number {
    return this.#failedCount;
  }

  start(): void {
    this.#isStopping = false;
    const workers = Array.from({ length: this.#options.concurrency }, () => this.#work());
    this.#workers = Promise.all(workers);
    // A bug in a worker is thrown by stop(), not before somebody waits for it.
    this.#workers.catch(() => undefined);
  }

  /** Resolves when every call has its outcome. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#workers;
  }

  async #work(): Promise<void> {
    const keys = Array.from({ length: KEYS_PER_WORKER }, () => this.#newKey());
    while (!this.#isStopping) {
      const place = Math.floor(this.#ports.random.fraction() * keys.length);
      const draw = this.#ports.random.fraction();
      if (draw < 0.4) keys[place] = await this.#put(keys[place]!);
      else if (draw < 0.8) await this.#increment();
      else if (draw < 0.95) await this.#read(keys[place]!);
      else await this.#readCounter();
    }
  }

  /** Gives the key to go on with. */
  async #put(key: string): Promise<string> {
    this.#lastValue += 1n;
    const value = this.#lastValue;
    try {
      await this.#client.put(key, value);
      this.ledger.putAcknowledged(key, value);
      return key;
    } catch (error) {
      if (!isUnknown(error)) return await this.#pause(key);
      this.ledger.putUnknown(key, value);
      return this.#newKey();
    }
  }

  async #increment(): Promise<void> {
    const largestBefore = this.ledger.incrementStarted();
    try {
      const sum = await this.#client.increment(this.counterKey);
      this.ledger.incrementAcknowledged(sum, largestBefore);
    } catch (error) {
      if (isUnknown(error)) {
        this.ledger.incrementUnknown();
        return;
      }
      this.ledger.incrementFailed();
      await this.#pause('');
    }
  }

  async #read(key: string): Promise<void> {
    const found = await this.#get(key);
    if (found.isAnswered) this.ledger.putRead(key, found.number);
  }

  async #readCounter(): Promise<void> {
    const largestBefore = this.ledger.largestSum();
    const found = await this.#get(this.counterKey);
    if (found.isAnswered) this.ledger.counterRead(found.number, largestBefore);
  }

  async #get(key: string): Promise<{ isAnswered: boolean; number: bigint | undefined }> {
    try {
      const value = (await this.#client.get(key))?.value;
      return { isAnswered: true, number: value?.kind === 'u64' ? value.value : undefined };
    } catch (error) {
      if (!(error instanceof OmnikvError)) throw error;
      await this.#pause('');
      return { isAnswered: false, number: undefined };
    }
  }

  #newKey(): string {
    this.#lastKey += 1;
    return `${this.#options.keyPrefix}${this.#lastKey}`;
  }

  async #pause<Result>(result: Result): Promise<Result> {
    this.#failedCount += 1;
    return await new Promise((resume) => {
      this.#ports.scheduler.after(PAUSE_AFTER_ERROR_MS, () => resume(result));
    });
  }
}

/** C4, K3: unknown outcomes all have this exit status. Bugs are thrown on. */
function isUnknown(error: unknown): boolean {
  if (!(error instanceof OmnikvError)) throw error;
  return error.exit === EXIT.unknownOutcome;
}
