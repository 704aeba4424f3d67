import { existsSync, mkdirSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "../../agent/contract/errors.ts";
import { ARCHIVE_BLOCKS_LIMIT, type ArchiveFolder } from "../../agent/contract/machine.ts";
import { seatName } from "../../agent/contract/seats.ts";
import { joinedZip } from "./joined-zip.ts";
import { requirePart } from "./zip-check.ts";

/** What an agent may send of one seat: its files, and the zip's own headers and directory. More is no archive of ours. */
const PART_LIMIT = ARCHIVE_BLOCKS_LIMIT + 2 ** 29;

/** What archives leave free on the gateway's disk: its database and the journals of all other workshops are there too. */
const RESERVE = 512 * 1024 * 1024;
/** Looked at again after so many bytes: others fill the same disk. */
const LOOK_BYTES = 32 * 1024 * 1024;

const PART = /^\d\d\.zip$/;
const problemPath = (part: string): string => part.replace(/zip$/, "problem");
/** What is kept of a workshop's work. */
export interface KeptWork {
  bytes: number;
  folders: number;
  /** Whose part is missing and why, each a sentence. */
  missing?: string[];
}

/**
 * `DATA/archives/ws-abc123/04.zip`: what is left of each seat's work, for a while; `04.problem`: why its work isn't. Seats of several
 * machines, which are packed side by side, have numbers of their own.
 */
export class Archives {
  constructor(private readonly directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /**
   * Takes each seat's part by itself; those that are there already stay. @param folders of one machine @param take asks for one
   * @throws Problem UNAVAILABLE naming the seats that failed and why, after all others were taken
   */
  async pack(workshop: string, folders: ArchiveFolder[], take: (folder: ArchiveFolder) => Promise<ReadableStream<Uint8Array>>) {
    const directory = this.#of(workshop);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const missing: string[] = [];
    for (const folder of folders) {
      const path = join(directory, `${seatName(folder.seat)}.zip`);
      if (existsSync(path)) continue;
      const problem = problemPath(path);
      try {
        await this.#requireSpace(directory);
        await this.#write(path, folder, await take(folder));
        await rm(problem, { force: true });
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        await writeFile(problem, why, { mode: 0o600 });
        missing.push(`Seat ${folder.folder}: ${why}`);
      }
    }
    if (missing.length === 0) return;
    const kept = folders.length - missing.length;
    throw new Problem(
      "UNAVAILABLE",
      `${missing.join(" ")} ${kept > 0 ? `Of the others, ${kept} in all, the work is packed and kept.` : ""}`.trim(),
    );
  }

  /** Undefined: nothing is. @param folders of all machines: those without a part are named as missing */
  async kept(workshop: string, folders: readonly ArchiveFolder[]): Promise<KeptWork | undefined> {
    const parts = await this.#parts(workshop);
    if (parts.length === 0) return undefined;
    const sizes = await Promise.all(parts.map(async (path) => (await stat(path)).size));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    const missing = (await Promise.all(folders.map((folder) => this.#whyMissing(workshop, folder, parts)))).flat();
    return { bytes, folders: parts.length, ...(missing.length > 0 && { missing }) };
  }

  async #whyMissing(workshop: string, { seat, folder }: ArchiveFolder, parts: readonly string[]): Promise<string[]> {
    const path = join(this.#of(workshop), `${seatName(seat)}.zip`);
    if (parts.includes(path)) return [];
    const why = await readFile(problemPath(path), "utf8").catch(() => "its machine didn't answer any more");
    return [`Seat ${folder}: ${why}`];
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
  async #write(path: string, { folder }: ArchiveFolder, stream: ReadableStream<Uint8Array>): Promise<void> {
    const unfinished = `${path}.part`;
    try {
      const file = await open(unfinished, "w", 0o600);
      try {
        await this.#copy(stream, file, dirname(path));
        await file.sync();
      } finally {
        await file.close();
      }
      await requirePart(unfinished, folder);
      await rename(unfinished, path);
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  async #copy(stream: ReadableStream<Uint8Array>, file: FileHandle, directory: string): Promise<void> {
    let size = 0;
    let looked = 0;
    for await (const bytes of stream) {
      size += bytes.length;
      if (size > PART_LIMIT)
        throw new Error(`its archive has more than ${PART_LIMIT / 2 ** 30} GiB, which no agent of ours sends`);
      if (size - looked > LOOK_BYTES) {
        looked = size;
        await this.#requireSpace(directory);
      }
      await file.writeFile(bytes);
    }
  }

  /**
   * Whatever its learners fill their seats with, a workshop takes no more than it leaves to all others.
   * @param directory a workshop's @throws Error when the gateway's disk has no more for it
   */
  async #requireSpace(directory: string): Promise<void> {
    const { bavail, bsize } = await statfs(this.directory);
    const [free, own] = [bavail * bsize, await bytesIn(directory)];
    if (free > Math.max(RESERVE, own)) return;
    const taken = own > RESERVE ? `, and this workshop's work has ${megabytes(own)} of it already` : "";
    throw new Error(
      `the gateway's disk has only ${megabytes(free)} free${taken}, at ${this.directory}: make room there, then try again.`,
    );
  }
}

const megabytes = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MB`;

async function bytesIn(directory: string): Promise<number> {
  const sizes = (await readdir(directory)).map(
    async (name) => (await stat(join(directory, name)).catch(() => undefined))?.size ?? 0,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
