import { close } from "node:fs";
import { promisify } from "node:util";
import type { SeatHandle } from "../seats/seat.ts";

/** Threads of the pool that all file calls of the process share; whoever starts the agent sets it. Bun's own is one a processor. */
const POOL = Number(process.env.UV_THREADPOOL_SIZE) || 0;

/**
 * Calls of one seat's disk that are under way at once: a disk that crawls holds every thread that waits for it. Ten seats hold ten
 * sixteenths of the pool, the others are for the machine's own disk.
 */
const AT_ONCE = Math.max(1, Math.floor(POOL / 16));

/** One seat's disk. Whatever may wait for it (reading, writing, making, renaming, flushing) is done through `run`, never on the loop. */
export class Disk {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param call one call on the thread pool; it must not `run` another */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#running < AT_ONCE) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await call();
    } finally {
      const next = this.#waiting.shift();
      // The place goes over to who waits.
      if (next) next();
      else this.#running--;
    }
  }

  /** For what may have been removed while it was open: the last to close it frees its blocks. */
  close(fd: number): Promise<void> {
    return this.run(() => closeAsync(fd));
  }
}

const closeAsync = promisify(close);

/** By workspace: as many as the machine has seats. */
const disks = new Map<string, Disk>();

export function diskOf({ workspace }: SeatHandle): Disk {
  const disk = disks.get(workspace) ?? new Disk();
  disks.set(workspace, disk);
  return disk;
}
