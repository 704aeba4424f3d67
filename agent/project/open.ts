import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from "node:fs";
import { DEFINITION_ENTRIES_LIMIT } from "../contract/definitions.ts";
import { Problem } from "../contract/errors.ts";
import { projectGivenAway, unopenedProject } from "../contract/projects.ts";
import { type EntryType, entriesIn, PIECE_BYTES } from "../files/entries.ts";
import { readDirectory } from "../files/syscalls.ts";
import { O_PATH, openBeneath, SystemError } from "../system-calls.ts";

const { O_RDONLY, O_DIRECTORY, S_IFMT, S_IFDIR, S_IFREG } = constants;
const DIRECTORY = O_RDONLY | O_DIRECTORY;

/** Folders in folders: each step is opened by itself. */
const DEPTH_LIMIT = 64;

/** What everybody needs to read a file, and a directory. */
const [READS, LISTS] = [0o004, 0o005];

/**
 * A project's directory, open to be read by root while its owner may rename and change all in it: nothing outside of it is ever opened, by
 * whatever link, nothing that would block, and nothing in it that its owner couldn't read without us.
 */
export class ProjectDirectory implements Disposable {
  readonly #fd: number;
  readonly #owner: number;

  /**
   * @param path absolute, without a link on it @param owner whom it has to belong to; undefined: whoever it does
   * @throws Problem NOT_FOUND; UNAVAILABLE when it is somebody else's
   */
  constructor(
    readonly path: string,
    owner?: number,
  ) {
    this.#fd = openProject(path);
    this.#owner = fstatSync(this.#fd).uid;
    if (owner === undefined || owner === this.#owner) return;
    this[Symbol.dispose]();
    throw new Problem("UNAVAILABLE", projectGivenAway(path, this.#owner, owner));
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  /** Whether anything of that name is in the directory itself, a link too; not by listing it, for it may be a large one. */
  has(name: string): boolean {
    return this.#look(name) !== undefined;
  }

  hasFolder(name: string): boolean {
    return this.#look(name)?.isDirectory() ?? false;
  }

  #look(name: string): Stats | undefined {
    return lstatSync(`/proc/self/fd/${this.#fd}/${name}`, { throwIfNoEntry: false });
  }

  /** What is in a directory below, by name; none where there isn't one. @throws Problem TOO_LARGE; as `read` */
  list(below: string): { name: string; kind: EntryType }[] {
    return this.#in(below, DIRECTORY, (fd) => entriesOf(fd, below)) ?? [];
  }

  /**
   * A regular file's bytes and permissions; undefined: there is none.
   * @throws Problem TOO_LARGE; INVALID_INPUT for what the owner couldn't read, and for a second name of a file, which may be such a one
   */
  read(below: string, limit: number): { bytes: Buffer; mode: number } | undefined {
    return this.#in(below, O_RDONLY, (fd) => {
      const { mode, size, nlink } = fstatSync(fd);
      if ((mode & S_IFMT) !== S_IFREG) return undefined;
      if (nlink > 1)
        throw new Problem("INVALID_INPUT", `"${below}" is a second name of another file (a hard link). Copy that file.`);
      if (size > limit)
        throw new Problem(
          "TOO_LARGE",
          `"${below}" has ${size} bytes; ${limit} are the most here. Make it smaller; what is large, a hook fetches.`,
        );
      return { bytes: bytesOf(fd, size), mode: mode & 0o777 };
    });
  }

  /** Where a link leads, as it says. */
  linkIn(directory: string, name: string): string {
    return this.#in(directory, DIRECTORY, (fd) => readlinkSync(`/proc/self/fd/${fd}/${name}`)) ?? "";
  }

  #in<T>(below: string, flags: number, use: (fd: number) => T): T | undefined {
    const fd = this.#open(below.split("/"), flags);
    if (fd === undefined) return undefined;
    try {
      return use(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** Step by step: what is in a directory that its owner couldn't enter isn't the owner's to read either. */
  #open(names: readonly string[], flags: number): number | undefined {
    if (names.length > DEPTH_LIMIT)
      throw new Problem("TOO_LARGE", `"${names[0]}" has more than ${DEPTH_LIMIT} folders in one another. Make it flatter.`);
    let at = this.#fd;
    for (let i = 1; i <= names.length; i++) {
      const from = at;
      try {
        const next = this.#step(from, names.slice(0, i), i < names.length ? DIRECTORY : flags);
        if (next === undefined) return undefined;
        at = next;
      } finally {
        if (from !== this.#fd) closeSync(from);
      }
    }
    return at;
  }

  #step(from: number, names: readonly string[], flags: number): number | undefined {
    const below = names.join("/");
    let fd: number;
    try {
      fd = openBeneath(from, Buffer.from(names.at(-1) as string), flags);
    } catch (error) {
      if (error instanceof SystemError && NOTHING.has(error.code)) return undefined;
      throw new Problem("INVALID_INPUT", `"${below}" can't be read (${(error as Error).message}).`, { cause: error });
    }
    const { uid, mode } = fstatSync(fd);
    if (this.#mayRead(uid, mode)) return fd;
    closeSync(fd);
    const everybody = (mode & S_IFMT) === S_IFDIR ? "o+rx" : "o+r";
    throw new Problem(
      "INVALID_INPUT",
      `"${below}" belongs to uid ${uid}, and uid ${this.#owner}, whose project this is, may not read it. Give it to them (chown), or let everybody read it (chmod ${everybody}).`,
    );
  }

  #mayRead(uid: number, mode: number): boolean {
    const needed = (mode & S_IFMT) === S_IFDIR ? LISTS : READS;
    return this.#owner === 0 || uid === this.#owner || (mode & needed) === needed;
  }
}

function openProject(path: string): number {
  const top = openSync("/", O_PATH | O_DIRECTORY);
  try {
    return openBeneath(top, Buffer.from(path.slice(1) || "."), DIRECTORY);
  } catch (cause) {
    const why = cause instanceof SystemError && cause.code === "ELOOP" ? " as a link is on the way" : "";
    throw new Problem("NOT_FOUND", unopenedProject(path, why), { cause });
  } finally {
    closeSync(top);
  }
}

/** Not there, no directory, a link on the way, a socket. */
const NOTHING: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"]);

function entriesOf(fd: number, below: string): { name: string; kind: EntryType }[] {
  const buffer = Buffer.alloc(PIECE_BYTES);
  const at = (name: Uint8Array) => Buffer.concat([Buffer.from(`/proc/self/fd/${fd}/`), name]);
  const found: { name: string; kind: EntryType }[] = [];
  for (let bytes = readDirectory(fd, buffer); bytes > 0; bytes = readDirectory(fd, buffer)) {
    for (const { name, type } of entriesIn(buffer.subarray(0, bytes), { at })) found.push({ name: name.toString(), kind: type });
    if (found.length > DEFINITION_ENTRIES_LIMIT)
      throw new Problem(
        "TOO_LARGE",
        `"${below}" has more than ${DEFINITION_ENTRIES_LIMIT} entries. Take out what isn't of a workshop.`,
      );
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** No more than it had when it was measured: its owner may write on. */
function bytesOf(fd: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let read = 0;
  for (let more = size; more > 0 && read < size; read += more) more = readSync(fd, bytes, read, size - read, read);
  return bytes.subarray(0, read);
}
