import { closeSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { SEATS_PER_MACHINE } from "../contract/seats.ts";

/** Pages of one seat that are remembered; a learner has two or three open, and each reload is a new one. The longest unused goes first. */
export const CLIENTS_PER_SEAT = 64;

/** Client id (8 bytes), last number taken (uint32), stamp (uint32, 0 = empty slot). */
const SLOT = 16;
const FILE_SIZE = SEATS_PER_MACHINE * CLIENTS_PER_SEAT * SLOT;

interface Entry {
  slot: number;
  taken: number;
}

/**
 * Which input of which page was given to the shell, so that what is sent again after a cut is taken once.
 *
 * A file of fixed slots, written in place before the next byte is read: one 16-byte `pwrite` lands whole in the page cache and so
 * outlives a killed agent. It is not synced on purpose: what outlives a power cut is not the shell that took the input.
 */
export class InputLedger {
  readonly #file: number;
  readonly #seats: Map<string, Entry>[] = [];
  #stamp = 0;

  /** @param path made when it isn't there; anything in it that isn't a ledger counts as empty. */
  constructor(path: string) {
    this.#file = openSync(path, "a+", 0o600);
    closeSync(this.#file);
    this.#file = openSync(path, "r+");
    const bytes = Buffer.alloc(FILE_SIZE);
    if (readSync(this.#file, bytes, 0, FILE_SIZE, 0) !== FILE_SIZE) this.#format(bytes.fill(0));
    for (let index = 0; index < SEATS_PER_MACHINE; index++) this.#seats.push(this.#load(bytes, index));
  }

  /** The last number taken from this page; 0 when none is known. */
  taken(seat: number, client: string): number {
    return this.#entries(seat).get(client)?.taken ?? 0;
  }

  /** Remembers that everything of this page up to `taken` was given to the shell. */
  take(seat: number, client: string, taken: number): void {
    const entries = this.#entries(seat);
    const slot = entries.get(client)?.slot ?? freeSlot(entries);
    entries.delete(client);
    entries.set(client, { slot, taken });
    this.#write(seatIndex(seat) * CLIENTS_PER_SEAT + slot, client, taken);
  }

  close(): void {
    closeSync(this.#file);
  }

  #format(empty: Buffer): void {
    ftruncateSync(this.#file, 0);
    // Real zeros, not a hole: a disk that fills up later can't refuse what is written in place.
    writeSync(this.#file, empty, 0, FILE_SIZE, 0);
  }

  /** Entries in the order of their last use, as `take` keeps them. */
  #load(bytes: Buffer, index: number): Map<string, Entry> {
    const found: { client: string; entry: Entry; stamp: number }[] = [];
    for (let slot = 0; slot < CLIENTS_PER_SEAT; slot++) {
      const at = (index * CLIENTS_PER_SEAT + slot) * SLOT;
      const stamp = bytes.readUInt32BE(at + 12);
      if (stamp === 0) continue;
      this.#stamp = Math.max(this.#stamp, stamp);
      found.push({ client: bytes.toString("hex", at, at + 8), entry: { slot, taken: bytes.readUInt32BE(at + 8) }, stamp });
    }
    return new Map(found.sort((a, b) => a.stamp - b.stamp).map(({ client, entry }) => [client, entry]));
  }

  #entries(seat: number): Map<string, Entry> {
    const entries = this.#seats[seatIndex(seat)];
    if (!entries) throw new Error(`seat ${seat} is no seat of a machine`);
    return entries;
  }

  #write(slot: number, client: string, taken: number): void {
    this.#stamp = (this.#stamp + 1) >>> 0 || 1;
    const record = Buffer.alloc(SLOT);
    record.write(client, 0, "hex");
    record.writeUInt32BE(taken, 8);
    record.writeUInt32BE(this.#stamp, 12);
    try {
      writeSync(this.#file, record, 0, SLOT, slot * SLOT);
    } catch {
      // The memory is still right; typing goes on. Only a restart before the next good write could take a line twice.
    }
  }
}

const seatIndex = (seat: number): number => (seat - 1) % SEATS_PER_MACHINE;

/** An unused slot, or the one of the page that was silent longest, which is forgotten. */
function freeSlot(entries: Map<string, Entry>): number {
  const used = new Set([...entries.values()].map((entry) => entry.slot));
  for (let slot = 0; slot < CLIENTS_PER_SEAT; slot++) if (!used.has(slot)) return slot;
  const [oldest = "", entry] = entries.entries().next().value ?? [];
  entries.delete(oldest);
  return entry?.slot ?? 0;
}
