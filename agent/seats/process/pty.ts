import type { Pty, SeatProgram, Size } from "../seat.ts";
import { lineOf, setFlow, TCOOFF, TCOON } from "./flow.ts";

/** Above this the writer is told to wait: more than one screen of typing, less than a paste. */
const HIGH_WATER = 64 * 1024;

/** A writer that doesn't wait is cut off here: a paste's four times, so that only a stranger's client meets it. */
const WRITE_LIMIT = 4 * 1024 * 1024;

/** What may come before anybody listens. */
const EARLY_LIMIT = 256 * 1024;

/** A viewer that doesn't end when its terminal is closed is killed. */
const END_MS = 1000;

type Terminal = NonNullable<Bun.Subprocess["terminal"]>;

interface PtyOptions {
  cwd: string;
  env: Record<string, string>;
  size: Size;
}

/** A program that sets its terminal up by itself, as tmux does. @throws when it can't be started */
export function openPty(argv: readonly string[], options: PtyOptions): Pty {
  return new ProgramPty(argv, options, true);
}

/** Any program, on a terminal as the kernel makes one. @throws when it can't be started */
export function runOnTerminal(argv: readonly string[], options: PtyOptions): SeatProgram {
  return new ProgramPty(argv, options, false);
}

class ProgramPty implements SeatProgram {
  readonly exited: Promise<void>;
  readonly code: Promise<number>;
  readonly #child: Bun.Subprocess;
  readonly #terminal: Terminal;
  /** Undefined when it ended at once. */
  readonly #line: string | undefined;
  readonly #shown = new Shown();
  readonly #typed = new Typed();
  #closed = false;
  #paused = false;

  /** @param sets it sets its terminal up itself, and shows something then */
  constructor(argv: readonly string[], { cwd, env, size }: PtyOptions, sets: boolean) {
    const allShown = Promise.withResolvers<void>();
    this.#child = Bun.spawn([...argv], {
      cwd,
      env,
      terminal: {
        ...size,
        data: (terminal, bytes) => this.#show(terminal, bytes),
        drain: () => this.#typed.taken(),
        exit: () => allShown.resolve(),
      },
    });
    const { terminal } = this.#child;
    if (!terminal) throw new Error("internal error: a terminal was asked for and there is none");
    this.#terminal = terminal;
    if (sets) terminal.setRawMode(true);
    else this.#typed.begin(terminal);
    this.#line = lineOf(this.#child.pid);
    this.exited = this.#end(allShown.promise);
    this.code = this.exited.then(() => this.#child.exited);
  }

  onData(take: (bytes: Uint8Array) => void): void {
    this.#shown.onData(take);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || bytes.length === 0) return true;
    const waiting = this.#typed.add(bytes, this.#terminal);
    if (waiting > WRITE_LIMIT) this.close();
    return waiting <= HIGH_WATER;
  }

  get drained(): Promise<void> {
    return this.#closed ? Promise.resolve() : this.#typed.drained;
  }

  pause(): void {
    if (!this.#paused) this.#flow(TCOOFF);
    this.#paused = true;
  }

  resume(): void {
    if (this.#paused) this.#flow(TCOON);
    this.#paused = false;
  }

  resize({ cols, rows }: Size): void {
    if (!this.#closed) this.#terminal.resize(cols, rows);
  }

  close(): void {
    if (this.#closed) return;
    // A program that is held back couldn't say good-bye.
    this.resume();
    this.#finish();
    const child = this.#child;
    child.kill("SIGHUP");
    setTimeout(() => child.exitCode === null && child.kill("SIGKILL"), END_MS).unref();
  }

  #show(terminal: Terminal, bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#typed.begin(terminal);
    this.#shown.add(bytes);
  }

  async #end(allShown: Promise<void>): Promise<void> {
    await this.#child.exited;
    // What it wrote last is still on its way.
    await Promise.race([allShown, Bun.sleep(END_MS / 2)]);
    this.#finish();
  }

  #finish(): void {
    this.#closed = true;
    this.#typed.end();
    if (!this.#terminal.closed) this.#terminal.close();
  }

  #flow(action: number): void {
    if (!this.#closed && this.#child.exitCode === null && this.#line) setFlow(this.#line, action);
  }
}

/** What a program shows: kept until somebody listens. */
class Shown {
  #take: ((bytes: Uint8Array) => void) | undefined;
  #early: Uint8Array[] = [];

  onData(take: (bytes: Uint8Array) => void): void {
    this.#take = take;
    for (const bytes of this.#early) take(bytes);
    this.#early = [];
  }

  add(bytes: Uint8Array): void {
    if (this.#take) this.#take(bytes);
    else if (this.#early.reduce((sum, one) => sum + one.length, 0) < EARLY_LIMIT) this.#early.push(bytes.slice());
  }
}

/** What is typed, on its way to the program. */
class Typed {
  // What is typed before the program has set its terminal up might be lost in the change, or echoed as it is.
  #ahead: Uint8Array[] | undefined = [];
  #waiting = 0;
  #drained = Promise.withResolvers<void>();

  get drained(): Promise<void> {
    return this.#waiting === 0 ? Promise.resolve() : this.#drained.promise;
  }

  /** The program has shown something: it is up. */
  begin(terminal: Terminal): void {
    for (const bytes of this.#ahead ?? []) terminal.write(bytes);
    this.#ahead = undefined;
  }

  /** @returns how many bytes the program hasn't taken yet */
  add(bytes: Uint8Array, terminal: Terminal): number {
    if (this.#waiting === 0) this.#drained = Promise.withResolvers<void>();
    this.#waiting += bytes.length;
    if (this.#ahead) this.#ahead.push(bytes.slice());
    else terminal.write(bytes);
    return this.#waiting;
  }

  /** The program took all. */
  taken(): void {
    this.#waiting = 0;
    this.#drained.resolve();
  }

  /** Nobody waits any longer. */
  end(): void {
    this.#drained.resolve();
  }
}
