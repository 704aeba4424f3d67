import { existsSync } from "node:fs";
import { Problem } from "../../contract/errors.ts";
import type { Leftovers } from "../../contract/machine.ts";
import { runtimeDirectories, SEAT_MARKER } from "../../contract/running.ts";
import { seatName } from "../../contract/seats.ts";
import { MAIN } from "../../contract/terminal.ts";
import { whyNotPlain } from "../../definition/plain.ts";
import type { Memory } from "../../engine/memory.ts";
import type { TaskSpec } from "../../engine/task.ts";
import { CLAUDE_ENVIRONMENT } from "../claude/settings.ts";
import type { MakeRuntime, Runtime, RuntimeGiven, SeatCondition, SeatWish } from "../runtime.ts";
import type { SdkStore } from "../sdks/store.ts";
import type { ExecOptions, SeatHandle } from "../seat.ts";
import { setClaude } from "./claude.ts";
import { dial } from "./dial.ts";
import { environmentOf, PROGRAM_MARK } from "./environment.ts";
import { givePorts, handlersOf, memoryKey, SEATS_MEMORY, type SeatMemory } from "./handlers.ts";
import { type Looked, listeningOf } from "./listening.ts";
import { runOnPipes } from "./pipes.ts";
import { type Place, type Places, placesOf } from "./place.ts";
import { endProcesses, findProcesses } from "./processes.ts";
import { run, start } from "./programs.ts";
import { runOnTerminal } from "./pty.ts";
import { countFiles, removeFiles } from "./removal.ts";
import { makeSeat, prepare, removeSeat, repairSeat, stopSeat } from "./request.ts";
import { Tmux } from "./tmux.ts";
import { retrieveSdk, TOOLS, toolPaths } from "./tools.ts";

export interface ProcessOptions {
  /** `PATH` of the seats' shells, and where tmux is. */
  path?: string | undefined;
  /** Where the Claude CLI and its like are. Missing: seats have only what the computer has. */
  sdks?: SdkStore | undefined;
}

/** terminal-features and `-f ignore-size` came with it. */
const TMUX_VERSION = 3.2;

/** The embedded default: a seat is a directory, a tmux server on its own socket, a shell. It isolates nothing. */
export function processRuntime(options: ProcessOptions = {}): MakeRuntime {
  return (given) => {
    const places = placesOf(given.directory, given.machine, runtimeDirectories(given.machine));
    return new ProcessRuntime(given, places, options);
  };
}

class ProcessRuntime implements Runtime {
  readonly name = "process";
  readonly isolation = "none";
  readonly makeSeat = makeSeat;
  readonly repairSeat = repairSeat;
  readonly stopSeat = stopSeat;
  readonly removeSeat = removeSeat;
  readonly #given: RuntimeGiven;
  readonly #places: Places;
  readonly #path: string | undefined;
  readonly #sdks: SdkStore | undefined;
  readonly #looked = new Map<number, Looked>();
  #tmux = "tmux";

  constructor(given: RuntimeGiven, places: Places, { path, sdks }: ProcessOptions) {
    this.#given = given;
    this.#places = places;
    this.#path = path;
    this.#sdks = sdks;
  }

  prepare(wishes: readonly SeatWish[]): TaskSpec[] {
    const missing = this.#sdks ? TOOLS.filter((sdk) => !this.#sdks?.has(sdk)) : [];
    return prepare(
      whyNotPlain(wishes[0]?.definition),
      missing.map(({ name }) => name),
    );
  }

  async open(): Promise<void> {
    if (this.#given.project)
      throw new Problem("INVALID_INPUT", "workshops of a project are containers: start its agent with --runtime docker");
    const tmux = Bun.which("tmux", this.#path === undefined ? {} : { PATH: this.#path });
    if (!tmux) throw new Problem("UNAVAILABLE", 'tmux isn\'t installed; install it ("apt install tmux"), then start again');
    const said = (await run([tmux, "-V"], { cwd: "/", env: {} })).stdout.trim();
    const version = Number(/(\d+\.\d+)/.exec(said)?.[1] ?? TMUX_VERSION);
    if (version < TMUX_VERSION) throw new Problem("UNAVAILABLE", `"${said}" is too old; install tmux ${TMUX_VERSION} or newer`);
    this.#tmux = tmux;
    const { memory } = this.#given;
    for (const key of memory.keys(SEATS_MEMORY)) givePorts(memory, Number(key.slice(SEATS_MEMORY.length)));
    await endProcesses(async () => (await findProcesses(this.#given.machine)).filter((one) => one.program));
  }

  get handlers() {
    return handlersOf({
      places: this.#places,
      tmux: (seat, memory) => this.#tmuxOf(this.#places.of(seat), memory),
      processes: (seat) => this.#processes(seat),
      starterPath: this.#given.starterPath,
      setClaude: (seat, memory) => this.#setClaude(seat, memory),
      retrieveSdk: retrieveSdk(this.#sdks),
    });
  }

  handle(seat: number, generation: number): SeatHandle {
    const place = this.#places.of(seat);
    const { cdpPort, relayPort = 0 } = portOf(seat, this.#given.memory);
    const memory = this.#given.memory;
    const options = (wish: ExecOptions) => ({
      cwd: place.workspace,
      env: { ...this.#environment(place, memory), ...wish.env },
      signal: wish.signal,
    });
    const tmux = this.#tmuxOf(place, memory);
    return {
      seat,
      generation,
      workspace: place.workspace,
      owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
      run: { outside: place.run, inside: place.run },
      cdpPort,
      relayPort,
      attach: (size, name = MAIN) => attempt(seat, "open a terminal", () => tmux.attach(size, name)),
      runOnTerminal: (argv, size) =>
        attempt(seat, `run "${argv[0]}"`, () => runOnTerminal(argv, { ...marked(options({}), place), size })),
      runOnPipes: (argv) => attempt(seat, `run "${argv[0]}"`, () => runOnPipes(argv, marked(options({}), place))),
      history: (name = MAIN) => tmux.history(name),
      askTmux: (argv) => attempt(seat, "ask tmux", () => tmux.ask(argv)),
      dial: (port) => dial(seat, port),
      listening: () => this.#listening(seat),
      exec: (argv, wish = {}) => attempt(seat, `run "${argv[0]}"`, () => run(argv, marked(options(wish), place))),
      spawn: (argv, wish = {}) =>
        attempt(seat, `start "${argv[0]}"`, () => start(argv, marked(options(wish), place, { [PROGRAM_MARK]: "1" }))),
    };
  }

  async inspect(seat: number): Promise<SeatCondition> {
    const place = this.#places.of(seat);
    if (!existsSync(place.workspace) || !existsSync(place.home)) return "off";
    return (await this.#tmuxOf(place, this.#given.memory).isAlive()) ? "ready" : "stopped";
  }

  async found(): Promise<number[]> {
    const marked = (await this.#processes()).map((one) => Number(one.mark.slice(-2)));
    return [...new Set([...this.#places.found(), ...marked])].sort((a, b) => a - b);
  }

  async leftovers(): Promise<Leftovers> {
    const processes = (await this.#processes()).length;
    return { processes, ...(await countFiles(this.#places.found().map(this.#places.of))) };
  }

  async removeEverything(): Promise<Leftovers> {
    const before = await this.leftovers();
    await endProcesses(() => this.#processes());
    for (const seat of this.#places.found()) await removeFiles(this.#places.of(seat), this.#places);
    this.#places.tidy();
    return before;
  }

  async setClaude(seat: number): Promise<void> {
    if (existsSync(this.#places.of(seat).home)) await this.#setClaude(seat, this.#given.memory);
  }

  async close(): Promise<void> {}

  #setClaude(seat: number, memory: Memory): Promise<void> {
    return setClaude(this.#places.of(seat), this.#given.cli?.(seat) ?? {}, portOf(seat, memory));
  }

  async #processes(seat?: number) {
    const all = await findProcesses(this.#given.machine);
    return seat === undefined ? all : all.filter((one) => one.mark === `${this.#given.machine}/${seatName(seat)}`);
  }

  async #listening(seat: number): Promise<number[]> {
    const looked = await listeningOf(() => this.#processes(seat), this.#looked.get(seat));
    this.#looked.set(seat, looked);
    return looked.ports;
  }

  #environment(place: Place, memory: Memory): Record<string, string> {
    const { cdpPort } = portOf(place.seat, memory);
    return environmentOf(place, cdpPort, this.#path, this.#more(place, memory), toolPaths(this.#sdks));
  }

  /** Another one for each generation: a seat goes on, its learner changes. */
  #more({ seat }: Place, memory: Memory): Readonly<Record<string, string>> {
    const { relayPort = 0 } = portOf(seat, memory);
    return relayPort === 0 ? {} : { ...CLAUDE_ENVIRONMENT, ...this.#given.environment?.(seat, relayPort) };
  }

  #tmuxOf(place: Place, memory: Memory): Tmux {
    const environment = this.#environment(place, memory);
    // The tools' directories are others after a release that brings newer ones.
    const { PATH = "" } = environment;
    return new Tmux(this.#tmux, place, environment, { PATH, ...this.#more(place, memory) });
  }
}

/** Port 0 only while a seat is being removed that was never made. */
function portOf(seat: number, memory: Memory): SeatMemory {
  return (memory.get(memoryKey(seat)) as unknown as SeatMemory | undefined) ?? { cdpPort: 0 };
}

/** Whatever a caller sets, the seat's mark stays: it is how its processes are found. */
function marked<T extends { env: Record<string, string> }>(options: T, place: Place, more: Record<string, string> = {}): T {
  return { ...options, env: { ...options.env, ...more, [SEAT_MARKER]: place.mark } };
}

async function attempt<T>(seat: number, what: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof Error && cause.name === "AbortError") throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Problem("UNAVAILABLE", `cannot ${what} in seat ${seatName(seat)}: ${why}`, { cause });
  }
}
