import { dlopen } from "bun:ffi";
import { closeSync, constants, openSync, readlinkSync } from "node:fs";
import type { Pty, Size } from "../seat.ts";

/** `tcflow` of termios.h: holds back, and lets go on, what programs write to a terminal. */
const TCOOFF = 0;
const TCOON = 1;

/** Above this the writer is told to wait: more than one screen of typing, less than a paste. */
const HIGH_WATER = 64 * 1024;

/** A writer that doesn't wait is cut off here: a paste's four times, so that only a stranger's client meets it. */
const WRITE_LIMIT = 4 * 1024 * 1024;

/** What may come before anybody listens. */
const EARLY_LIMIT = 256 * 1024;

/** A viewer that doesn't end when its terminal is closed is killed. */
const END_MS = 1000;

const NOTHING = () => {};

/** A program on a terminal of its own. @throws when it can't be started */
export function openPty(argv: readonly string[], options: { cwd: string; env: Record<string, string>; size: Size }): Pty {
  const { cwd, env, size } = options;
  let take: ((bytes: Uint8Array) => void) | undefined;
  let early: Uint8Array[] = [];
  // What is typed before the program has set its terminal up might be lost in the change, or echoed as it is.
  let typedAhead: Uint8Array[] | undefined = [];
  let unwritten = 0;
  let drained = Promise.withResolvers<void>();
  let closed = false;
  let paused = false;
  const drainedOut = Promise.withResolvers<void>();

  const child = Bun.spawn([...argv], {
    cwd,
    env,
    terminal: {
      ...size,
      data(terminal, bytes) {
        if (closed) return;
        if (typedAhead) for (const typed of typedAhead) terminal.write(typed);
        typedAhead = undefined;
        if (take) take(bytes);
        else if (early.reduce((sum, one) => sum + one.length, 0) < EARLY_LIMIT) early.push(bytes.slice());
      },
      drain() {
        unwritten = 0;
        drained.resolve();
      },
      exit: () => drainedOut.resolve(),
    },
  });
  const terminal = child.terminal;
  if (!terminal) throw new Error("internal error: a terminal was asked for and there is none");
  terminal.setRawMode(true);
  const line = lineOf(child.pid);
  const exited = child.exited.then(async () => {
    // What it wrote last is still on its way.
    await Promise.race([drainedOut.promise, Bun.sleep(END_MS / 2)]);
    finish();
  });

  function finish(): void {
    closed = true;
    drained.resolve();
    if (!terminal?.closed) terminal?.close();
  }
  function flow(action: number): void {
    if (!closed && child.exitCode === null && line) setFlow(line, action);
  }

  return {
    exited,
    onData(listener) {
      take = listener;
      for (const bytes of early) listener(bytes);
      early = [];
    },
    write(bytes) {
      if (closed || bytes.length === 0) return true;
      if (unwritten === 0) drained = Promise.withResolvers<void>();
      unwritten += bytes.length;
      if (typedAhead) typedAhead.push(bytes.slice());
      else terminal.write(bytes);
      if (unwritten > WRITE_LIMIT) this.close();
      return unwritten <= HIGH_WATER;
    },
    get drained() {
      return unwritten === 0 || closed ? Promise.resolve() : drained.promise;
    },
    pause() {
      if (!paused) flow(TCOOFF);
      paused = true;
    },
    resume() {
      if (paused) flow(TCOON);
      paused = false;
    },
    resize: ({ cols, rows }) => void (closed || terminal.resize(cols, rows)),
    close() {
      if (closed) return;
      // A program that is held back couldn't say good-bye.
      this.resume();
      take = NOTHING;
      finish();
      child.kill("SIGHUP");
      setTimeout(() => child.exitCode === null && child.kill("SIGKILL"), END_MS).unref();
    },
  };
}

/** The terminal's own device; its number is its while our end is open. */
function lineOf(pid: number): string | undefined {
  try {
    const path = readlinkSync(`/proc/${pid}/fd/0`);
    return path.startsWith("/dev/pts/") ? path : undefined;
  } catch {
    // It ended at once.
    return undefined;
  }
}

let libc: { tcflow(fd: number, action: number): number } | undefined;

function setFlow(line: string, action: number): void {
  libc ??= dlopen("libc.so.6", { tcflow: { args: ["i32", "i32"], returns: "i32" } }).symbols;
  let fd = -1;
  try {
    // Never held open: our end would not learn of the program's end.
    fd = openSync(line, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    libc.tcflow(fd, action);
  } catch {
    // The viewer left meanwhile.
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}
