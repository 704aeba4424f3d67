import { type Finished, type Pty, type SeatProgram, type SeatSocket, type Size, TMUX_ANSWER_MS } from "../../seat.ts";
import { setEnvironment } from "../../tmux-environment.ts";
import { WORKSPACE } from "../names.ts";
import { endGroup, exitCode, gone, type Inside, LINGER_MS, type Running, runProgram, runToEnd } from "./programs.ts";

/** By its path: the learner may have another one, found first. */
export const TMUX = "/usr/bin/tmux";
const RESIZE_TRIES = 10;
const RESIZE_AGAIN_MS = 50;
/** Typed or pasted and not yet taken by the program: the terminals' room stops at the first `false`, so this is never reached by it. */
const WAITING_LIMIT = 4 * 1024 * 1024;

/** A session on the seat's only tmux server, made when it isn't there. UTF-8 whatever the locale says. */
const takePart = (name: string, env: Inside["env"] = {}) => [
  ...[TMUX, "-u", ...setEnvironment(env)],
  ...["new-session", "-A", "-s", name, "-c", WORKSPACE],
];
/** Typing is ignored and the session keeps its size. */
const watch = (name: string): string[] => [
  ...["/bin/sh", "-c"],
  `${TMUX} -u has-session -t "=$1" 2>/dev/null || ${TMUX} -u new-session -d -s "$1" -c "$2"
exec ${TMUX} -u attach-session -r -f read-only,ignore-size -t "=$1"`,
  ...["sh", name, WORKSPACE],
];

const TERMINAL_ENV = { TERM: "xterm-256color", COLORTERM: "truecolor" };

export interface Attaching {
  size: Size;
  /** Of the session. */
  name: string;
  /** Sees all, types nothing, and leaves the size as it is. */
  watches?: boolean;
}

/** One more client of the seat's tmux, over a connection of its own. @throws DockerError, Problem when the seat isn't running */
export async function attachTerminal(inside: Inside, { size, name, watches = false }: Attaching): Promise<Pty> {
  const argv = [...sized(size), ...(watches ? watch(name) : takePart(name, inside.env))];
  const running = await runProgram(inside, { argv, tty: true, stdin: true, env: TERMINAL_ENV });
  return new ExecPty(inside, running);
}

/** @throws DockerError, Problem when the seat isn't running */
export async function runOnTerminal(inside: Inside, argv: readonly string[], size: Size): Promise<SeatProgram> {
  const running = await runProgram(inside, { argv: [...sized(size), ...argv], tty: true, stdin: true, env: TERMINAL_ENV });
  return new ExecProgram(inside, running);
}

/** One command of the seat's tmux. @param limit bytes kept of what it says */
export function askTmux(inside: Inside, argv: readonly string[], limit?: number): Promise<Finished> {
  const signal = AbortSignal.timeout(TMUX_ANSWER_MS);
  return runToEnd(inside, [TMUX, "-u", ...setEnvironment(inside.env ?? {}), ...argv], {
    env: TERMINAL_ENV,
    signal,
    ...(limit ? { limit } : {}),
  });
}

/** Docker gives the terminal no size before it runs. tmux would draw twice, and tells its programs of a second size only 250 ms later. */
const sized = ({ cols, rows }: Size): string[] => [
  ...["/bin/sh", "-c", '/usr/bin/stty rows "$1" cols "$2"; shift 2; exec "$@"', "sh"],
  ...[String(rows), String(cols)],
];

class ExecPty implements Pty {
  readonly stream: SeatSocket;
  readonly exited: Promise<void>;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #drained: PromiseWithResolvers<void> | undefined;
  #resizing: Promise<void> = Promise.resolve();
  #resizes = 0;
  /** The program has shown something: its terminal is as it wants it. Before, Ctrl-D would reach it as a NUL and Ctrl-C end it. */
  #begun: boolean;
  #closed = false;

  /** @param begun it says nothing before it is asked: what is typed is for the kernel's line editing, if it wants that */
  constructor(
    readonly inside: Inside,
    readonly running: Running,
    begun = false,
  ) {
    this.#begun = begun;
    this.stream = running.stream;
    this.exited = running.stream.closed.then(() => this.#settle());
    running.stream.onDrain(() => this.#flush());
  }

  onData(take: (bytes: Uint8Array) => void): void {
    this.stream.onData((bytes) => {
      take(bytes);
      if (this.#begun) return;
      this.#begun = true;
      this.#flush();
    });
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#waitingBytes > WAITING_LIMIT) return false;
    // The caller may use its buffer again.
    this.#waiting.push(bytes.slice());
    this.#waitingBytes += bytes.length;
    this.#flush();
    return this.#waiting.length === 0;
  }

  get drained(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    this.#drained ??= Promise.withResolvers<void>();
    return this.#drained.promise;
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  /** One after the other, so that the last one wins; what is typed after it waits for it. */
  resize(size: Size): void {
    this.#resizes++;
    this.#resizing = this.#resizing
      .then(() => this.#setSize(size))
      .finally(() => {
        this.#resizes--;
        this.#flush();
      });
  }

  /** A process that is only just beginning has no terminal to resize yet. */
  async #setSize({ cols, rows }: Size): Promise<void> {
    for (let turn = 0; turn < RESIZE_TRIES && !this.#closed; turn++) {
      const done = await this.inside.docker.resizeExec(this.running.id, cols, rows).then(
        () => true,
        () => false,
      );
      if (done) return;
      await Bun.sleep(RESIZE_AGAIN_MS);
    }
  }

  /** Ending the connection leaves tmux's client running; a hang-up ends it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    void this.#hangUp().finally(() => this.stream.close());
  }

  async #hangUp(): Promise<void> {
    endGroup(this.inside, await this.running.pid, "SIGHUP");
  }

  #flush(): void {
    if (!this.#begun || this.#resizes > 0) return;
    while (this.#waiting.length > 0) {
      const [first = new Uint8Array()] = this.#waiting;
      const taken = this.stream.write(first);
      this.#waitingBytes -= taken;
      if (taken < first.length) {
        this.#waiting[0] = first.subarray(taken);
        return;
      }
      this.#waiting.shift();
    }
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  /** When the daemon ended, tmux's client is still there. */
  #settle(): void {
    void this.#hangUp();
    this.#closed = true;
    this.#waiting = [];
    this.#drained?.resolve();
  }
}

/** Any program, on a terminal of its own or none. */
export class ExecProgram extends ExecPty implements SeatProgram {
  readonly code: Promise<number>;
  #paused = false;
  #heardAt = 0;

  constructor(inside: Inside, running: Running) {
    super(inside, running, true);
    this.code = Promise.race([running.stream.closed, this.#left()]).then(() => {
      running.stream.close();
      return exitCode(inside.docker, running.id);
    });
  }

  override onData(take: (bytes: Uint8Array) => void): void {
    super.onData((bytes) => {
      this.#heardAt = performance.now();
      take(bytes);
    });
  }

  override pause(): void {
    this.#paused = true;
    super.pause();
  }

  override resume(): void {
    this.#paused = false;
    super.resume();
  }

  /** What it left in the background may hold the terminal open for ever: nobody waits when nothing more comes, and is read. */
  async #left(): Promise<void> {
    let open = true;
    void this.stream.closed.then(() => {
      open = false;
    });
    await gone(this.inside, await this.running.pid, () => open);
    do await Bun.sleep(LINGER_MS);
    while (open && (this.#paused || performance.now() - this.#heardAt < LINGER_MS));
  }
}
