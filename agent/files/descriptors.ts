import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync } from "node:fs";
import { Problem } from "../contract/errors.ts";
import type { SeatHandle } from "../seats/seat.ts";
import { openBeneath, SystemError } from "../system-calls.ts";
import { type Disk, diskOf } from "./disk.ts";
import type { WorkspacePath } from "./paths.ts";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
const HERE = Buffer.from(".");
const SLASH = Buffer.from("/");

/** An open file or directory: `using` closes it; `await using` where it may have been removed meanwhile, which closing then waits for. */
export class Descriptor implements Disposable, AsyncDisposable {
  constructor(
    readonly fd: number,
    readonly disk: Disk,
  ) {}
  /** The path of ONE final name in this directory. It is never opened by it: only calls that don't follow a final link may take it. */
  at(name: Uint8Array): Buffer {
    return Buffer.concat([Buffer.from(`/proc/self/fd/${this.fd}/`), name]);
  }
  stat(): BigIntStats {
    return fstatSync(this.fd, { bigint: true });
  }
  [Symbol.dispose](): void {
    closeSync(this.fd);
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.disk.close(this.fd);
  }
}

/** Where every operation on a seat's files begins. @throws Problem UNAVAILABLE when the seat has no workspace now */
export function openRoot(seat: SeatHandle): Descriptor {
  try {
    return new Descriptor(openSync(seat.workspace, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), diskOf(seat));
  } catch (cause) {
    throw new Problem("UNAVAILABLE", `The files of seat ${seat.seat} can't be reached now: try again in a moment.`, { cause });
  }
}

/** A directory below an open one; no names are that one itself, opened anew. @throws SystemError */
export function openDirectory(from: Descriptor, names: readonly Uint8Array[]): Descriptor {
  return new Descriptor(openBeneath(from.fd, joined(names), O_RDONLY | O_DIRECTORY), from.disk);
}

/** @throws SystemError; ENXIO for what is neither file nor directory, EISDIR for a directory */
export function openFile(from: Descriptor, names: readonly Uint8Array[]): Descriptor {
  const file = new Descriptor(openBeneath(from.fd, joined(names), O_RDONLY), from.disk);
  const stats = file.stat();
  if (stats.isFile()) return file;
  file[Symbol.dispose]();
  throw new SystemError(stats.isDirectory() ? "EISDIR" : "ENXIO", "open");
}

/** What a directory holds under a name, links not followed; undefined: nothing. */
export function look(directory: Pick<Descriptor, "at">, name: Uint8Array): BigIntStats | undefined {
  return lstatSync(directory.at(name), { bigint: true, throwIfNoEntry: false });
}

/** Which names a path means here: the bytes its escapes stand for, where only those exist. */
export function settle(root: Descriptor, path: WorkspacePath): readonly Buffer[] {
  if (!path.escaped || exists(root, path.names) || !exists(root, path.escaped)) return path.names;
  return path.escaped;
}

function exists(root: Descriptor, names: readonly Buffer[]): boolean {
  try {
    using parent = openDirectory(root, names.slice(0, -1));
    return look(parent, names.at(-1) ?? HERE) !== undefined;
  } catch {
    return false;
  }
}

function joined(names: readonly Uint8Array[]): Uint8Array {
  return names.length === 0 ? HERE : Buffer.concat(names.flatMap((name, i) => (i === 0 ? [name] : [SLASH, name])));
}
