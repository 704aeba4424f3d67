import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { setTimeout } from "node:timers/promises";

/** Seconds by the clock and of processors. Those of what a file started are in the second once that has ended; containers' aren't. */
export interface Spent {
  wall: number;
  cpu: number;
}

/** Of the kernel's counters of processor time, on every computer that Linux runs on. */
const TICKS_A_SECOND = 100;
const DEAREST = 25;
/** Of the processors' time, over `LOOK_MS`, that nobody had: on two processors, more than the half of one. */
const ROOM = 0.3;
const LOOK_MS = 10_000;

/** What a process has had until now, with its children that ended and were waited for; nothing once it is gone. */
export function cpuOf(pid: number): number {
  try {
    const [, after = ""] = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ");
    // utime, stime, cutime, cstime
    return (
      after
        .split(" ")
        .slice(11, 15)
        .map(Number)
        .reduce((sum, ticks) => sum + ticks, 0) / TICKS_A_SECOND
    );
  } catch {
    return 0;
  }
}

/** Of a group's files, as its process names them one after the other. */
export class Stopwatch {
  readonly #pid: number;
  readonly #files: Map<string, Spent>;
  #at: { file: string; since: Spent } | undefined;
  #rest = "";

  constructor(pid: number, files: Map<string, Spent>) {
    this.#pid = pid;
    this.#files = files;
  }

  /** @param bytes of the runner's words, as they come */
  read(bytes: Uint8Array): void {
    const lines = (this.#rest + Buffer.from(bytes).toString("latin1")).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const file = /^(\S+\.test\.tsx?):$/.exec(line)?.[1];
      if (file) this.#begin(file);
      else if (/^Ran \d+ tests? across/.test(line)) this.#begin("");
    }
  }

  #begin(file: string): void {
    const now = { wall: performance.now() / 1000, cpu: cpuOf(this.#pid) };
    if (this.#at?.file) {
      const { file: ended, since } = this.#at;
      this.#files.set(ended, { wall: now.wall - since.wall, cpu: now.cpu - since.cpu });
    }
    this.#at = { file, since: now };
  }
}

const column = (seconds: number) => `${seconds.toFixed(1)} s`.padStart(9);

/** The files that took longest, a line each. */
export function dearest(files: ReadonlyMap<string, Spent>): string[] {
  const sorted = [...files].toSorted(([, a], [, b]) => b.wall - a.wall).slice(0, DEAREST);
  return sorted.map(([file, { wall, cpu }]) => `${column(wall)}${column(cpu)} of processors  ${file}`);
}

/** Asked now, tells later what share of the processors' time has gone by without work since. */
export function idleSince(): () => number {
  const look = () => {
    const times = cpus().flatMap(({ times }) => Object.entries(times));
    const sum = (of: typeof times) => of.reduce((sum, [, ms]) => sum + ms, 0);
    return { idle: sum(times.filter(([kind]) => kind === "idle")), all: sum(times) };
  };
  const began = look();
  return () => {
    const now = look();
    return (now.idle - began.idle) / Math.max(1, now.all - began.all);
  };
}

let looked: Promise<unknown> = Promise.resolve();

/** One look after the other: what the first one lets begin is seen by the next. @returns after some seconds, whether there is work for one more */
export function hasRoom(): Promise<boolean> {
  const look = looked.then(async () => {
    const idle = idleSince();
    await setTimeout(LOOK_MS);
    return idle() >= ROOM;
  });
  looked = look;
  return look;
}
