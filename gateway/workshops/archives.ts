import { existsSync, mkdirSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../agent/contract/errors.ts";
import { ARCHIVE_BLOCKS_LIMIT, type ArchiveFolder } from "../../agent/contract/machine.ts";
import { seatName } from "../../agent/contract/seats.ts";
import { directoryOf, joinedZip } from "./joined-zip.ts";

/** What an agent may send of one seat: its files, and the zip's own headers and directory. More is no archive of ours. */
const PART_LIMIT = ARCHIVE_BLOCKS_LIMIT + 2 ** 29;

/** What archives leave free on the gateway's disk: its database and the journals of all other workshops are there too. */
const RESERVE = 512 * 1024 * 1024;
/** Looked at again after so many bytes: others fill the same disk. */
const LOOK_BYTES = 32 * 1024 * 1024;

const PART = /^\d\d+\.zip$/;
const PROBLEMS = "problems.json";

/** What is kept of a workshop's work. */
export interface KeptWork {
  bytes: number;
  folders: number;
  /** Whose part is missing and why, each a sentence. */
  missing?: string[];
}

/**
 * `DATA/archives/ws-abc123/04.zip`: what is left of each seat's work, for a while. Seats of several machines have numbers of their own, so
 * that none overwrites another.
 */
export class Archives {
  constructor(private readonly directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /**
   * Takes each seat's part by itself; those that are there already stay. @param take asks for one
   * @throws Problem UNAVAILABLE naming the seats that failed and why, after all others were taken
   */
  async pack(workshop: string, folders: ArchiveFolder[], take: (folder: ArchiveFolder) => Promise<ReadableStream<Uint8Array>>) {
    const directory = this.#of(workshop);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const missing: string[] = [];
    for (const folder of folders) {
      const path = join(directory, `${seatName(folder.seat)}.zip`);
      if (existsSync(path)) continue;
      try {
        await this.#requireSpace();
        await this.#write(path, await take(folder));
      } catch (error) {
        missing.push(`Seat ${folder.folder}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    await writeFile(join(directory, PROBLEMS), JSON.stringify(missing), { mode: 0o600 });
    if (missing.length === 0) return;
    const kept = folders.length - missing.length;
    throw new Problem(
      "UNAVAILABLE",
      `${missing.join(" ")} ${kept > 0 ? `Of the others, ${kept} in all, the work is packed and kept.` : ""}`.trim(),
    );
  }

  /** Undefined: nothing is. */
  async kept(workshop: string): Promise<KeptWork | undefined> {
    const parts = await this.#parts(workshop);
    if (parts.length === 0) return undefined;
    const sizes = await Promise.all(parts.map(async (path) => (await stat(path)).size));
    const problems = await readFile(join(this.#of(workshop), PROBLEMS), "utf8").catch(() => "[]");
    const missing = JSON.parse(problems) as string[];
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    return { bytes, folders: parts.length, ...(missing.length > 0 && { missing }) };
  }

  /** One zip of all parts; of a release before, the one that was kept as a whole. */
  async read(workshop: string): Promise<AsyncGenerator<Uint8Array> | Blob> {
    const whole = `${this.#of(workshop)}.zip`;
    return existsSync(whole) ? Bun.file(whole) : joinedZip(await this.#parts(workshop));
  }

  async remove(workshop: string): Promise<void> {
    for (const path of [this.#of(workshop), `${this.#of(workshop)}.zip`]) await rm(path, { recursive: true, force: true });
  }

  #of(workshop: string): string {
    return join(this.directory, workshop);
  }

  async #parts(workshop: string): Promise<string[]> {
    const names = await readdir(this.#of(workshop)).catch(() => []);
    return names
      .filter((name) => PART.test(name))
      .sort()
      .map((name) => join(this.#of(workshop), name));
  }

  /** The whole stream, then its name: half an archive is never one. */
  async #write(path: string, stream: ReadableStream<Uint8Array>): Promise<void> {
    const unfinished = `${path}.part`;
    try {
      const file = await open(unfinished, "w", 0o600);
      try {
        await this.#copy(stream, file);
        await file.sync();
      } finally {
        await file.close();
      }
      await directoryOf(unfinished);
      await rename(unfinished, path);
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  async #copy(stream: ReadableStream<Uint8Array>, file: FileHandle): Promise<void> {
    let size = 0;
    let looked = 0;
    for await (const bytes of stream) {
      size += bytes.length;
      if (size > PART_LIMIT)
        throw new Error(`its archive has more than ${PART_LIMIT / 2 ** 30} GiB, which no agent of ours sends`);
      if (size - looked > LOOK_BYTES) {
        looked = size;
        await this.#requireSpace();
      }
      await file.writeFile(bytes);
    }
  }

  /** @throws Error when the gateway's disk has no more for archives */
  async #requireSpace(): Promise<void> {
    const { bavail, bsize } = await statfs(this.directory);
    const free = bavail * bsize;
    if (free > RESERVE) return;
    const megabytes = Math.floor(free / 2 ** 20);
    throw new Error(`the gateway's disk has only ${megabytes} MB free, at ${this.directory}: make room there, then try again.`);
  }
}
