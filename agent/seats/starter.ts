import { constants } from "node:fs";
import { type FileHandle, lchown, link, lstat, mkdir, open, symlink } from "node:fs/promises";
import { join, posix } from "node:path";
import { type ArchiveEntry, readArchive, refused } from "../contract/archives.ts";
import { Problem } from "../contract/errors.ts";
import { inspectStarter, pathOf, STARTER_BYTES_LIMIT, tooLarge } from "../contract/starters.ts";

export interface StarterOptions {
  /** Path of the archive. */
  archive: string;
  /** As the instructor knows it. */
  name: string;
  /** An empty directory of ours that nobody else writes in meanwhile. */
  into: string;
  /** Of what is made; the agent's own when not given. */
  owner?: { uid: number; gid: number } | undefined;
  progress?(done: number, total: number): void;
  signal?: AbortSignal | undefined;
}

/**
 * Unpacks starter files. The archive is looked through first: one that is too large, or names a place outside, or holds a device, is
 * refused before anything is written.
 * @throws Problem INVALID_INPUT or TOO_LARGE, naming the entry
 */
export async function unpackStarter(options: StarterOptions): Promise<void> {
  const { kept: total } = await inspectStarter(options);
  const writer = new Writer(options);
  let done = 0;
  for await (const entry of readArchive(options.archive, options.name)) {
    options.signal?.throwIfAborted();
    const path = pathOf(entry, options.name);
    if (path === undefined) continue;
    await writer.write(entry, path);
    options.progress?.(++done, total);
  }
  await writer.writeLinks();
}

/** Writes beneath one directory. While files are written there is no link in it, so that no path can lead elsewhere. */
class Writer {
  readonly #options: StarterOptions;
  readonly #made = new Set<string>();
  readonly #hardlinks: { path: string; target: string }[] = [];
  readonly #symlinks: { path: string; target: string }[] = [];
  #bytes = 0;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  async write(entry: ArchiveEntry, path: string): Promise<void> {
    if (entry.kind === "symlink") this.#symlinks.push({ path, target: entry.target });
    else if (entry.kind === "hardlink")
      this.#hardlinks.push({ path, target: pathOf({ ...entry, name: entry.target }, "") ?? "" });
    else if (entry.kind === "directory") await this.#directory(path);
    else await this.#file(entry, path);
  }

  /** Hard links first: they name files, and no symbolic link is there yet to lead them astray. */
  async writeLinks(): Promise<void> {
    for (const { path, target } of this.#hardlinks) {
      await this.#directory(posix.dirname(path));
      await this.#attempt(path, () => link(this.#at(target), this.#at(path)));
    }
    for (const { path, target } of this.#symlinks) {
      this.#options.signal?.throwIfAborted();
      await this.#directory(posix.dirname(path));
      await this.#attempt(path, () => symlink(target, this.#at(path)));
      await this.#own(path);
    }
  }

  async #directory(path: string): Promise<void> {
    if (path === "." || this.#made.has(path)) return;
    await this.#directory(posix.dirname(path));
    await this.#attempt(path, async () => {
      await mkdir(this.#at(path), { mode: 0o755 }).catch(async (error) => {
        if (error.code !== "EEXIST" || !(await lstat(this.#at(path))).isDirectory()) throw error;
      });
    });
    await this.#own(path);
    this.#made.add(path);
  }

  async #file(entry: ArchiveEntry, path: string): Promise<void> {
    await this.#directory(posix.dirname(path));
    await this.#attempt(path, async () => {
      const file = await this.#create(path, (entry.mode & 0o777) | 0o600);
      try {
        for await (const chunk of entry.read()) await this.#append(file, chunk);
      } finally {
        await file.close();
      }
    });
    await this.#own(path);
  }

  /** A name that comes twice means its last content. */
  async #create(path: string, mode: number): Promise<FileHandle> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
    try {
      return await open(this.#at(path), flags | constants.O_EXCL, mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const file = await open(this.#at(path), flags | constants.O_TRUNC, mode);
      await file.chmod(mode);
      return file;
    }
  }

  async #append(file: FileHandle, chunk: Uint8Array): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#bytes += chunk.length;
    if (this.#bytes > STARTER_BYTES_LIMIT) throw tooLarge(this.#options.name, "more than 2 GiB unpacked");
    let at = 0;
    while (at < chunk.length) at += (await file.write(chunk, at)).bytesWritten;
  }

  async #own(path: string): Promise<void> {
    const { owner } = this.#options;
    if (owner) await lchown(this.#at(path), owner.uid, owner.gid);
  }

  async #attempt(path: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOSPC" || code === "EDQUOT")
        throw new Problem(
          "UNAVAILABLE",
          `the disk is full: "${path}" of ${this.#options.name} doesn't fit; free some space, then start again`,
        );
      if (error instanceof Problem || this.#options.signal?.aborted) throw error;
      if (code === undefined) throw refused(this.#options.name, path, `can't be read (${(error as Error).message})`);
      throw refused(this.#options.name, path, `can't be written (${code})`);
    }
  }

  #at(path: string): string {
    return join(this.#options.into, path);
  }
}
