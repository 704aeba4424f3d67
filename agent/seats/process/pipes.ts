import type { PipedProgram } from "../seat.ts";
import { signal } from "./processes.ts";

/** A finished program's children may hold its output open: nobody waits longer for a next word of theirs. */
const LINGER_MS = 500;

/** A program that was hung up has this long. */
const END_MS = 1000;

/** Any program, in a session of its own. @throws when it can't be started */
export function runOnPipes(argv: readonly string[], { cwd, env }: { cwd: string; env: Record<string, string> }): PipedProgram {
  return new Piped(argv, cwd, env);
}

class Piped implements PipedProgram {
  readonly exited: Promise<void>;
  readonly code: Promise<number>;
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  #drained: Promise<unknown> = Promise.resolve();
  #outputs: Promise<unknown> = Promise.resolve();
  /** Resolves when more may be read. */
  #gate = Promise.withResolvers<void>();
  #paused = false;
  #closed = false;
  /** It reads nothing any more: what is still written to it is nobody's. */
  #deaf = false;
  #heardAt = 0;

  constructor(argv: readonly string[], cwd: string, env: Record<string, string>) {
    const pipes = { stdin: "pipe", stdout: "pipe", stderr: "pipe" } as const;
    this.#child = Bun.spawn([...argv], { cwd, env, ...pipes, detached: true });
    this.#gate.resolve();
    this.exited = this.#end();
    this.code = this.exited.then(() => this.#child.exited);
  }

  onData(take: (bytes: Uint8Array, output: 1 | 2) => void): void {
    const { stdout, stderr } = this.#child;
    this.#outputs = Promise.all([this.#read(stdout, (bytes) => take(bytes, 1)), this.#read(stderr, (bytes) => take(bytes, 2))]);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#deaf) return true;
    try {
      const { stdin } = this.#child;
      // Its type hides that it may be a promise, too.
      const taken: unknown[] = [stdin.write(bytes.slice()), stdin.flush()];
      if (!taken.some((one) => one instanceof Promise)) return true;
      this.#drained = Promise.all(taken).catch(() => this.#turnDeaf());
      return false;
    } catch {
      this.#turnDeaf();
      return true;
    }
  }

  get drained(): Promise<void> {
    return this.#drained.then(() => {});
  }

  endInput(): void {
    void this.#drained.then(() => this.#child.stdin.end()).catch(() => {});
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#gate = Promise.withResolvers();
  }

  resume(): void {
    this.#paused = false;
    this.#gate.resolve();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.resume();
    const { pid } = this.#child;
    signal(-pid, "SIGHUP");
    setTimeout(() => this.#child.exitCode === null && signal(-pid, "SIGKILL"), END_MS).unref();
  }

  #turnDeaf(): void {
    this.#deaf = true;
  }

  async #read(output: ReadableStream<Uint8Array>, take: (bytes: Uint8Array) => void): Promise<void> {
    for await (const bytes of output) {
      await this.#gate.promise;
      if (this.#closed) return;
      this.#heardAt = performance.now();
      take(bytes);
    }
  }

  async #end(): Promise<void> {
    await this.#child.exited;
    await Promise.race([this.#outputs, this.#silence()]);
    this.#closed = true;
  }

  async #silence(): Promise<void> {
    do await Bun.sleep(LINGER_MS);
    while (this.#paused || performance.now() - this.#heardAt < LINGER_MS);
  }
}
