import { type FSWatcher, watch } from "node:fs";
import type { SeatHandle } from "../seats/seat.ts";
import { type Descriptor, openDirectory, openRoot, settle } from "./descriptors.ts";
import { showName, type WorkspacePath } from "./paths.ts";
import { isTemporary } from "./temporary.ts";

/** From a change to the page hearing of it: less than people notice, and the several events of one save become one. */
const DEBOUNCE_MS = 50;

/** While changes go on without end the page is told four times a second: listing a folder costs more than watching it. */
const FLOOD_MS = 250;

/** Reports that may come faster, until the flood's pace has caught up: a person's few changes are all told at once. */
const BURST = 8;

/** More changed names than this in one report: none are named, the page lists the folder anyway. */
const NAMES_LIMIT = 50;

/** All watches of one seat, over all its pages: a descriptor and an inotify watch each. */
const WATCHES_PER_SEAT = 1000;

const open = new Map<string, number>();

interface Listener {
  /** Without names: many. */
  changed(names?: string[]): void;
  /** Removed or moved away; the watch is closed already. */
  gone(): void;
}

/** One folder under watch, not what is in its folders. */
export class FolderWatch {
  readonly #names = new Set<string>();
  readonly #watcher: FSWatcher;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #toldAt = Date.now();
  #credit = BURST;
  #closed = false;

  /** Undefined: there is no such folder, it isn't one, or the seat watches as many as it may. */
  static open(seat: SeatHandle, path: WorkspacePath, listener: Listener): FolderWatch | undefined {
    if ((open.get(seat.workspace) ?? 0) >= WATCHES_PER_SEAT) return undefined;
    try {
      using root = openRoot(seat);
      const directory = openDirectory(root, settle(root, path));
      return new FolderWatch(seat, path, directory, listener);
    } catch {
      return undefined;
    }
  }

  /** @param directory kept open: Bun tells watches apart by their path, so its number must not come to name another directory */
  private constructor(
    readonly seat: SeatHandle,
    readonly path: WorkspacePath,
    readonly directory: Descriptor,
    readonly listener: Listener,
  ) {
    try {
      const options = { encoding: "buffer", persistent: false } as const;
      this.#watcher = watch(`/proc/self/fd/${directory.fd}`, options, (_kind, name: string | Buffer | null) => this.#note(name));
    } catch (error) {
      directory[Symbol.dispose]();
      throw error;
    }
    const { workspace } = seat;
    open.set(workspace, (open.get(workspace) ?? 0) + 1);
    this.#watcher.on("error", () => this.#note(null));
    this.#watcher.on("close", () => this.#vanished());
    // What happened after the page listed it: on a narrow line that answer takes seconds, and the wish to watch comes after it.
    this.#note(null);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watcher.close();
    this.directory[Symbol.dispose]();
    const { workspace } = this.seat;
    const left = (open.get(workspace) ?? 1) - 1;
    if (left > 0) open.set(workspace, left);
    else open.delete(workspace);
  }

  #note(name: string | Buffer | null): void {
    if (this.#closed) return;
    const shown = name === null ? "" : showName(Buffer.from(name));
    if (isTemporary(shown)) return;
    if (this.#names.size <= NAMES_LIMIT) this.#names.add(shown);
    this.#timer ??= setTimeout(() => this.#tell(), this.#credit >= 1 ? DEBOUNCE_MS : FLOOD_MS);
  }

  #tell(): void {
    this.#timer = undefined;
    const now = Date.now();
    this.#credit = Math.min(BURST, this.#credit - 1 + (now - this.#toldAt) / FLOOD_MS);
    this.#toldAt = now;
    const names = [...this.#names];
    this.#names.clear();
    if (!this.#isStillThere()) this.#vanished();
    else if (names.length > NAMES_LIMIT || names.includes("")) this.listener.changed();
    else this.listener.changed(names);
  }

  /** The kernel tells nothing of a folder's removal while it is open: whoever hears of it from the folder above calls this. */
  check(): void {
    if (!this.#closed && !this.#isStillThere()) this.#vanished();
  }

  /** A folder that was moved goes on telling of itself, wherever it is now. */
  #isStillThere(): boolean {
    try {
      using root = openRoot(this.seat);
      using now = openDirectory(root, settle(root, this.path));
      const [a, b] = [now.stat(), this.directory.stat()];
      return a.ino === b.ino && a.dev === b.dev;
    } catch {
      return false;
    }
  }

  #vanished(): void {
    if (this.#closed) return;
    this.close();
    this.listener.gone();
  }
}
