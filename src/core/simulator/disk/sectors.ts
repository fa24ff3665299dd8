/**
 * The bytes of one file: what readers see, and what a power cut may go back to.
 *
 * Readers see one buffer. The first write to a sector since the last sync saves what it held, in
 * the open generation; a sync closes the generation and, when it ends well, forgets it. So a write
 * costs the copy of the sectors it touches, and a sync next to nothing.
 *
 * Invariant: a sync covers what was written before it was begun, never what came later.
 */

export const SECTOR_BYTES = 512;
export const SECTORS_PER_PAGE = 8;

/** What was written between two syncs, with the sectors as they were before. */
interface Generation {
  readonly number: number;
  /** Sectors from here on held nothing but zeros. */
  sizeBefore: number;
  readonly sectors: number[];
  /** Where the old bytes of `sectors[i]` stand in `saved`; -1: all zero. */
  readonly savedAt: number[];
  /** Which bytes of the sector were written. */
  readonly froms: number[];
  readonly tos: number[];
  saved: Uint8Array;
  savedBytes: number;
}

export interface SyncTicket {
  readonly upTo: number;
  readonly sizeBytes: number;
}

/** A sector that differs, or may differ, from what the disk surely holds. */
export interface UnsyncedSector {
  readonly sector: number;
  /** What it held, oldest first: the first is what was synced. */
  readonly versions: Uint8Array[];
  /** Bytes [from, to) of it were written since. */
  from: number;
  to: number;
  /** A sync of it failed: its page is clean, so nothing will ever write it. */
  readonly isLost: boolean;
}

const ZEROS = new Uint8Array(SECTOR_BYTES);

export class SectorFile {
  #bytes = new Uint8Array(0);
  #sizeBytes = 0;
  #durableSizeBytes = 0;
  /** Not synced, oldest first. The last may be open. */
  #generations: Generation[] = [];
  #open: Generation | undefined;
  #spare: Generation | undefined;
  #lastNumber = 0;
  /** By sector: the generation that saved it last, and where in it. */
  readonly #savedBy: number[] = [];
  readonly #slots: number[] = [];
  readonly #lost = new Map<number, UnsyncedSector>();

  static holding(bytes: Uint8Array): SectorFile {
    const file = new SectorFile();
    file.#reserve(bytes.length);
    file.#bytes.set(bytes);
    file.#sizeBytes = bytes.length;
    file.#durableSizeBytes = bytes.length;
    return file;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get durableSizeBytes(): number {
    return this.#durableSizeBytes;
  }

  get isSynced(): boolean {
    return (
      this.#generations.length === 0 &&
      this.#lost.size === 0 &&
      this.#durableSizeBytes === this.#sizeBytes
    );
  }

  /** A copy; shorter at the end of the file. */
  read(position: number, length: number): Uint8Array {
    const end = Math.min(position + length, this.#sizeBytes);
    return this.#bytes.slice(Math.min(position, end), end);
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    const end = position + bytes.length;
    const generation = this.#open ?? this.#begin();
    this.#reserve(end);
    const last = Math.floor((end - 1) / SECTOR_BYTES);
    for (let sector = Math.floor(position / SECTOR_BYTES); sector <= last; sector++) {
      const start = sector * SECTOR_BYTES;
      const from = Math.max(position - start, 0);
      this.#save(generation, sector, from, Math.min(end - start, SECTOR_BYTES));
    }
    if (this.#lost.size > 0) this.#redirty(generation, position, end);
    this.#bytes.set(bytes, position);
    if (end > this.#sizeBytes) this.#sizeBytes = end;
  }

  beginSync(): SyncTicket {
    this.#open = undefined;
    return { upTo: this.#lastNumber, sizeBytes: this.#sizeBytes };
  }

  /** What was written before the sync began is durable. */
  endSync({ upTo, sizeBytes }: SyncTicket): void {
    while (this.#generations[0] !== undefined && this.#generations[0].number <= upTo) {
      this.#spare = this.#generations.shift();
    }
    this.#durableSizeBytes = Math.max(this.#durableSizeBytes, sizeBytes);
  }

  /**
   * The sync failed: its pages count as clean, so that no later sync writes them, until they are
   * written again. `hasArrived` says of a page that it reached the disk all the same.
   */
  failSync({ upTo }: SyncTicket, hasArrived: (page: number) => boolean): void {
    const failed = this.unsynced(upTo);
    this.#generations = this.#generations.filter(({ number }) => number > upTo);
    const later = new Set(
      this.#generations.flatMap(({ sectors }) => sectors.map((sector) => pageOf(sector))),
    );
    const arrived = new Map<number, boolean>();
    for (const found of failed) {
      const page = pageOf(found.sector);
      if (!arrived.has(page)) arrived.set(page, hasArrived(page));
      if (arrived.get(page) === true) continue;
      // Dirty again already: the next sync writes the whole page.
      if (later.has(page)) this.#adopt(found);
      else this.#lost.set(found.sector, { ...found, isLost: true });
    }
  }

  /** What the disk surely holds. */
  durableBytes(): Uint8Array {
    const copy = this.#bytes.slice(0, roundUp(this.#sizeBytes));
    for (const { sector, versions } of this.unsynced()) {
      copy.set(versions[0]!, sector * SECTOR_BYTES);
    }
    return copy.slice(0, this.#durableSizeBytes);
  }

  /** Sectors of generations up to `upTo` that are not synced, each once, with what they held. */
  unsynced(upTo = Infinity): UnsyncedSector[] {
    const found = new Map<number, UnsyncedSector>(upTo === Infinity ? this.#lost : []);
    for (const generation of this.#generations) {
      if (generation.number > upTo) break;
      generation.sectors.forEach((sector, i) => {
        const from = generation.froms[i]!;
        const to = generation.tos[i]!;
        const old = savedBytes(generation, i);
        const seen = found.get(sector);
        if (seen === undefined) {
          found.set(sector, { sector, versions: [old], from, to, isLost: false });
          return;
        }
        seen.versions.push(old);
        seen.from = Math.min(seen.from, from);
        seen.to = Math.max(seen.to, to);
      });
    }
    return [...found.values()];
  }

  /** The bytes themselves, to be changed by what a power cut or time does to them. */
  sectorBytes(sector: number): Uint8Array {
    return this.#bytes.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
  }

  /** From now on what is there is what the disk holds, up to `sizeBytes`. */
  settle(sizeBytes: number): void {
    this.#generations = [];
    this.#open = undefined;
    this.#lost.clear();
    this.#bytes.fill(0, sizeBytes);
    this.#sizeBytes = sizeBytes;
    this.#durableSizeBytes = sizeBytes;
  }

  #begin(): Generation {
    const spare = this.#spare;
    this.#spare = undefined;
    const generation: Generation = {
      number: (this.#lastNumber += 1),
      sizeBefore: this.#sizeBytes,
      sectors: emptied(spare?.sectors),
      savedAt: emptied(spare?.savedAt),
      froms: emptied(spare?.froms),
      tos: emptied(spare?.tos),
      saved: spare?.saved ?? new Uint8Array(2 * SECTOR_BYTES),
      savedBytes: 0,
    };
    this.#generations.push(generation);
    this.#open = generation;
    return generation;
  }

  #save(generation: Generation, sector: number, from: number, to: number): void {
    if (this.#savedBy[sector] === generation.number) {
      const slot = this.#slots[sector]!;
      if (from < generation.froms[slot]!) generation.froms[slot] = from;
      if (to > generation.tos[slot]!) generation.tos[slot] = to;
      return;
    }
    const wasEmpty = sector * SECTOR_BYTES >= generation.sizeBefore;
    this.#add(generation, { sector, from, to }, wasEmpty ? undefined : this.sectorBytes(sector));
  }

  #add(
    generation: Generation,
    { sector, from, to }: { readonly sector: number; readonly from: number; readonly to: number },
    old: Uint8Array | undefined,
  ): void {
    this.#savedBy[sector] = generation.number;
    this.#slots[sector] = generation.sectors.length;
    generation.sectors.push(sector);
    generation.froms.push(from);
    generation.tos.push(to);
    generation.savedAt.push(old === undefined ? -1 : append(generation, old));
  }

  /** A write to a page makes all of it dirty again, lost sectors included. */
  #redirty(generation: Generation, position: number, end: number): void {
    const firstPage = pageOf(Math.floor(position / SECTOR_BYTES));
    const lastPage = pageOf(Math.floor((end - 1) / SECTOR_BYTES));
    for (const [sector, found] of [...this.#lost]) {
      if (pageOf(sector) < firstPage || pageOf(sector) > lastPage) continue;
      this.#lost.delete(sector);
      this.#adopt(found, generation);
    }
  }

  /** The sector will be written by the next sync; until then the disk holds its first version. */
  #adopt(found: UnsyncedSector, into?: Generation): void {
    const page = pageOf(found.sector);
    const generation =
      into ??
      this.#generations.find(({ sectors }) => sectors.some((sector) => pageOf(sector) === page))!;
    const slot = generation.sectors.indexOf(found.sector);
    const old = found.versions[0]!;
    if (slot < 0) {
      this.#add(generation, found, old);
      return;
    }
    generation.savedAt[slot] = append(generation, old);
    generation.froms[slot] = Math.min(generation.froms[slot]!, found.from);
    generation.tos[slot] = Math.max(generation.tos[slot]!, found.to);
  }

  #reserve(sizeBytes: number): void {
    if (sizeBytes <= this.#bytes.length) return;
    const grown = new Uint8Array(roundUp(Math.max(sizeBytes, 2 * this.#bytes.length)));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

function pageOf(sector: number): number {
  return Math.floor(sector / SECTORS_PER_PAGE);
}

function roundUp(sizeBytes: number): number {
  return Math.ceil(sizeBytes / SECTOR_BYTES) * SECTOR_BYTES;
}

function emptied(list: number[] | undefined): number[] {
  if (list === undefined) return [];
  list.length = 0;
  return list;
}

function append(generation: Generation, old: Uint8Array): number {
  const at = generation.savedBytes;
  if (at + SECTOR_BYTES > generation.saved.length) {
    const grown = new Uint8Array(2 * generation.saved.length);
    grown.set(generation.saved);
    generation.saved = grown;
  }
  generation.saved.set(old, at);
  generation.savedBytes = at + SECTOR_BYTES;
  return at;
}

function savedBytes(generation: Generation, slot: number): Uint8Array {
  const at = generation.savedAt[slot]!;
  return at < 0 ? ZEROS : generation.saved.slice(at, at + SECTOR_BYTES);
}
