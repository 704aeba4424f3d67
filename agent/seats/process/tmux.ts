import { writeFile } from "node:fs/promises";
import { MAIN } from "../../contract/terminal.ts";
import { type Finished, type Pty, type Size, TMUX_ANSWER_MS } from "../seat.ts";
import { tmuxConfig } from "../tmux-config.ts";
import { setEnvironment } from "../tmux-environment.ts";
import { shell, terminalName } from "./environment.ts";
import type { Place } from "./place.ts";
import { type FoundProcess, signal } from "./processes.ts";
import { run } from "./programs.ts";
import { openPty } from "./pty.ts";

/** 10,000 lines of ordinary text with colours; of a seat that fills wider ones the end is kept. */
const HISTORY_LINES = 10_000;
const HISTORY_BYTES = 8 * 1024 * 1024;

/** A server that was asked to make its socket again, or to end, has this long. */
const SERVER_MS = 1000;

/** A busy machine's first start of a shell; beyond, it hangs. */
const START_MS = 20_000;

const waiting: (() => void)[] = [];

/** Starting a program takes some milliseconds of the loop: one a turn, or who opens all his viewers at once would hold it. */
function turnToStart(): Promise<void> {
  const next = (): void => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(next);
  };
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(next);
  });
}

/** One seat's tmux server, by its socket. */
export class Tmux {
  readonly #place: Place;
  readonly #env: Record<string, string>;
  readonly #program: string;
  readonly #fresh: Readonly<Record<string, string>>;

  /**
   * @param program the path of tmux itself: a learner may have one of his own in his PATH
   * @param fresh of `env`: what shells of a server that is there already must be told
   */
  constructor(program: string, place: Place, env: Record<string, string>, fresh: Readonly<Record<string, string>> = {}) {
    this.#fresh = fresh;
    this.#program = program;
    this.#place = place;
    this.#env = env;
  }

  /** Does its server answer? */
  async isAlive(): Promise<boolean> {
    const closed = Promise.withResolvers<boolean>();
    const no = () => closed.resolve(false);
    const opening = Bun.connect({ unix: this.#place.tmuxSocket, socket: { data() {}, error: no, connectError: no } }).then(
      (socket) => {
        socket.terminate();
        return true;
      },
      () => false,
    );
    return Promise.race([opening, closed.promise]);
  }

  /** Starts server and session. Both there already: nothing happens. @throws what tmux says */
  async start(signal: AbortSignal): Promise<void> {
    await writeFile(this.#place.tmuxConfig, tmuxConfig(this.#place.seat, { shell: shell(), terminal: terminalName() }), {
      mode: 0o600,
    });
    if (await this.isAlive()) return;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(START_MS)]);
    const done = await this.#call(["new-session", "-d", "-s", MAIN, "-c", this.#place.workspace, "-x", "80", "-y", "24"], limit);
    // The call of an agent that was killed may just have made it.
    if (done.code === 0 || (await this.#hasSession(limit))) return;
    throw new Error(`tmux doesn't start: ${done.stderr.trim() || `exit code ${done.code}`}`);
  }

  async #hasSession(signal: AbortSignal): Promise<boolean> {
    return (await this.#call(["has-session", "-t", `=${MAIN}`], signal)).code === 0;
  }

  /** Servers that run and whose socket was swept away make it again when told: their shells are adopted. */
  async revive(processes: readonly FoundProcess[]): Promise<void> {
    const servers = processes.filter((one) => one.mark === this.#place.mark && one.name.startsWith("tmux: server"));
    if (servers.length === 0) return;
    for (const one of servers) signal(one.pid, "SIGUSR1");
    const end = performance.now() + SERVER_MS;
    while (performance.now() < end && !(await this.isAlive())) await Bun.sleep(20);
  }

  /** Ends all its shells; none there is fine. */
  async end(): Promise<void> {
    await this.#call(["kill-server"], AbortSignal.timeout(SERVER_MS)).catch(() => {});
  }

  async attach(size: Size, name: string): Promise<Pty> {
    await turnToStart();
    const argv = this.#argv([...setEnvironment(this.#fresh), "new-session", "-A", "-s", name, "-c", this.#place.workspace]);
    return openPty(argv, { cwd: this.#place.workspace, env: this.#env, size });
  }

  /** All lines with their colours, the visible ones too; lines end as terminals want it. */
  async history(name: string): Promise<Uint8Array> {
    const argv = this.#argv(["capture-pane", "-p", "-e", "-J", "-t", `=${name}:`, "-S", `-${HISTORY_LINES}`]);
    const done = await run(argv, { cwd: "/", env: this.#env, limit: HISTORY_BYTES, tail: true });
    return Buffer.from(done.stdout.replace(/\n+$/, "\n").replaceAll("\n", "\r\n"));
  }

  /** A session that it makes begins in the workspace. */
  async ask(args: readonly string[]): Promise<Finished> {
    await turnToStart();
    const argv = this.#argv([...setEnvironment(this.#fresh), ...args]);
    return run(argv, { cwd: this.#place.workspace, env: this.#env, signal: AbortSignal.timeout(TMUX_ANSWER_MS) });
  }

  #call(args: readonly string[], signal: AbortSignal): Promise<Finished> {
    return run(this.#argv(args), { cwd: "/", env: this.#env, signal });
  }

  #argv(args: readonly string[]): string[] {
    return [this.#program, "-u", "-f", this.#place.tmuxConfig, "-S", this.#place.tmuxSocket, ...args];
  }
}
