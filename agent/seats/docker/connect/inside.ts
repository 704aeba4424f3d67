import { accessSync, type BigIntStats, closeSync, constants, fstatSync, mkdirSync, openSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { mountsOf } from "../disk/mount-table.ts";
import { asOwner, cloneTree, inside, makeWritable, moveTree, openBelow, openPlace, tame, unmount } from "./mount-calls.ts";

const OWN = "/proc/thread-self/ns/mnt";

/** Several may lie on each other where an agent was killed between two steps. */
const STACKED = 8;

/** What a seat's programs see of its files, from outside: the paths are a definition's, what lies there may be the learner's doing. */
export class SeatInside implements Disposable {
  readonly #root: number;
  readonly #namespace: number;

  /** @param pid of the container's first process, which is no learner's and stays what it is @throws ENOENT when it ended */
  constructor(readonly pid: number) {
    this.#root = openPlace(`/proc/${pid}/root`);
    this.#namespace = openSync(`/proc/${pid}/ns/mnt`, "r");
    // Nothing is ever mounted on the machine itself.
    if (fstatSync(this.#namespace).ino !== statSync(OWN).ino) return;
    this[Symbol.dispose]();
    throw new Error(`internal error: the process ${pid} has the machine's own mounts`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#root);
    closeSync(this.#namespace);
  }

  /** A directory of the seat's. @param path absolute @throws SystemError */
  open(path: string): number {
    return openBelow(this.#root, path.slice(1));
  }

  /** @param path that of a mount's target */
  async mountedAt(path: string): Promise<{ readOnly: boolean } | undefined> {
    const found = (await mountsOf(this.pid)).get(path);
    return found && { readOnly: found.options.includes("ro") };
  }

  /** @param source a directory, of the seat's or not @param isInside it is the seat's @throws SystemError */
  mount(source: number, isInside: boolean, target: string, readOnly: boolean): void {
    const [namespace, place] = [this.#namespace, this.have(target)];
    try {
      const tree = isInside ? inside(namespace, () => cloneTree(source)) : cloneTree(source);
      try {
        tame(tree, readOnly);
        inside(namespace, () => moveTree(tree, place));
      } finally {
        closeSync(tree);
      }
    } finally {
      closeSync(place);
    }
  }

  /** Where something is mounted below any of these. */
  async mountedBelow(places: readonly string[]): Promise<string[]> {
    const points = [...(await mountsOf(this.pid)).keys()];
    return points.filter((point) => places.some((place) => point.startsWith(`${place}/`)));
  }

  /** Nothing is mounted there afterwards. @param anyhow though a program has something open there @throws SystemError EBUSY: one has */
  async unmount(target: string, anyhow: boolean): Promise<void> {
    for (let turn = 0; turn < STACKED && (await this.mountedAt(target)); turn++) {
      const above = this.open(dirname(target));
      try {
        inside(this.#namespace, () => unmount(above, basename(target), anyhow));
      } finally {
        closeSync(above);
      }
    }
  }

  /** A directory of the seat's, made where it isn't there yet. @throws SystemError, or what `mkdir` throws */
  have(path: string): number {
    try {
      return walk(this.#root, path);
    } catch (error) {
      if (!isRefusedWrite(error)) throw error;
    }
    const root = inside(this.#namespace, () => cloneTree(this.#root));
    try {
      makeWritable(root);
      closeSync(walk(root, path));
    } finally {
      closeSync(root);
    }
    return this.open(path);
  }
}

const isRefusedWrite = (error: unknown): boolean => (error as { code?: unknown }).code === "EROFS";
const isMissing = (error: unknown): boolean => (error as { code?: unknown }).code === "ENOENT";

/** To a directory, step by step; whoever has the one above has those that are made. */
function walk(root: number, path: string): number {
  let at = openBelow(root, "");
  for (const name of path.slice(1).split("/")) {
    try {
      const next = openOrMake(at, name);
      closeSync(at);
      at = next;
    } catch (error) {
      closeSync(at);
      throw error;
    }
  }
  return at;
}

function openOrMake(directory: number, name: string): number {
  try {
    return openBelow(directory, name);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  // Never given away afterwards: whoever has the directory may have put another one there by then.
  asOwner(fstatSync(directory), () => mkdirSync(`/proc/self/fd/${directory}/${name}`, { mode: 0o755 }));
  return openBelow(directory, name);
}

/** By whatever way they were opened. */
export function isSamePlace(one: number, other: number): boolean {
  const [a, b] = [one, other].map((fd): BigIntStats => fstatSync(fd, { bigint: true }));
  return a?.dev === b?.dev && a?.ino === b?.ino;
}

/** By how it is mounted there: a second sight of it is read-only, too. */
export function isReadOnly(fd: number): boolean {
  try {
    accessSync(`/proc/self/fd/${fd}`, constants.W_OK);
    return false;
  } catch (error) {
    return isRefusedWrite(error);
  }
}
