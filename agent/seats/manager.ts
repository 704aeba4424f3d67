import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ChangeView } from "../contract/changes.ts";
import { Problem } from "../contract/errors.ts";
import type { Leftovers, MachineDocument, SeatUsage } from "../contract/machine.ts";
import type { SeatStatus } from "../contract/seats.ts";
import { Runner } from "../engine/runner.ts";
import { State } from "../engine/state.ts";
import { SeatDecisions } from "./decide.ts";
import { SeatLook } from "./look.ts";
import { allRemoved } from "./receipt.ts";
import { recordHandlers, recordOf } from "./records.ts";
import { changeKind, changeOf, type SeatStep } from "./request.ts";
import type { MakeRuntime, Runtime, RuntimeGiven } from "./runtime.ts";
import type { SeatHandle } from "./seat.ts";
import { type SeatProgress, seatProgress, workOf } from "./status.ts";
import { TaskLogs } from "./task-logs.ts";
import { changeViews } from "./views.ts";

export interface SeatsOptions {
  /** The machine's directory. */
  directory: string;
  /** `clarateach-ws-abc` */
  machine: string;
  runtime: MakeRuntime;
  /** Where the bytes of a starter archive are. */
  starterPath(digest: string): string;
  /** Where the bytes of a definition's archive are. */
  definitionPath?(digest: string): string;
  /** What a seat's shells know besides (runtime.ts). */
  environment?: RuntimeGiven["environment"];
  /** What a seat's Claude CLI shall be set to (runtime.ts). */
  cli?: RuntimeGiven["cli"];
  /** A step that couldn't be saved, a look that failed: for the log. */
  onTrouble?(error: unknown): void;
  now?: () => number;
}

/** Seats made at once: a start is mostly waiting for disks and forks, and the ones that are ready need the processor too. */
const PARALLEL = 4;

/** How soon a seat that stopped by itself is seen and started again. */
const LOOK_MS = 10_000;

/** While a class runs a report needn't count every file anew. */
const LEFTOVERS_MS = 5000;

/**
 * Opens a machine's seats as they are: unfinished changes go on, sessions are adopted. @throws Problem when the runtime can't work here,
 * or the saved state is of a newer release
 */
export async function openSeats(options: SeatsOptions): Promise<SeatManager> {
  const state = new State(join(options.directory, "state.sqlite"), options.now);
  const { directory, machine, starterPath, definitionPath, environment, cli } = options;
  try {
    const runtime = options.runtime({
      ...{ directory, machine, memory: state.memory, starterPath },
      ...(definitionPath && { definitionPath }),
      ...(environment && { environment }),
      ...(cli && { cli }),
    });
    await runtime.open();
    const seats = new SeatManager(state, runtime, new TaskLogs(directory), options.onTrouble ?? (() => {}));
    await seats.ensure();
    return seats;
  } catch (error) {
    state.close();
    throw error;
  }
}

/** A machine's seats: looks, decides, adds the changes that lead to what is wanted, and says how they are. */
export class SeatManager {
  readonly runtime: Runtime;
  readonly #state: State;
  readonly #runner: Runner;
  readonly #logs: TaskLogs;
  readonly #trouble: (error: unknown) => void;
  readonly #look: SeatLook;
  readonly #decisions: SeatDecisions;
  readonly #handles = new Map<number, SeatHandle>();
  readonly #listeners = new Set<() => void>();
  #wanted: MachineDocument | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #lookFailed = "";
  #closed = false;
  readonly #timer: Timer;
  #leftovers: { at: number; counted: Promise<Leftovers> } | undefined;

  constructor(state: State, runtime: Runtime, logs: TaskLogs, onTrouble: (error: unknown) => void) {
    this.#state = state;
    this.#logs = logs;
    this.runtime = runtime;
    this.#trouble = onTrouble;
    const handlers = { ...runtime.handlers, ...recordHandlers(runtime) };
    this.#runner = new Runner(state, { handlers, parallel: PARALLEL, onTrouble });
    this.#look = new SeatLook(runtime, state.memory, (seat) => this.#decisions.isBusy(seat));
    this.#decisions = new SeatDecisions(state, this.#look);
    state.onChange(() => this.#onState());
    this.#timer = setInterval(() => void this.ensure(), LOOK_MS);
    this.#timer.unref();
    runtime.onChange?.(() => void this.ensure());
    this.#runner.ensure();
  }

  /** Quick: compares and adds changes; never waits for the runtime. */
  want(document: MachineDocument): void {
    this.#wanted = document;
    for (const { change, lanes } of this.#decisions.unwanted(document)) this.#runner.abort(change, lanes);
    this.#reconcile();
    this.#tell();
  }

  /** Only while it is ready. */
  seat(seat: number): SeatHandle | undefined {
    return this.status(seat) === "ready" ? this.#handle(seat) : undefined;
  }

  /** Its work is there, whether it runs or not: only `workspace` is of use. For archives. */
  files(seat: number): SeatHandle | undefined {
    const handle = this.#handle(seat);
    return handle && this.#look.condition(seat) !== "off" && existsSync(handle.workspace) ? handle : undefined;
  }

  status(seat: number): SeatStatus {
    return this.#progress(seat).status;
  }

  /** The document's seats, and unfinished and recent changes. */
  report(): { seats: (SeatProgress & { seat: number; generation: number })[]; changes: ChangeView[] } {
    const seats = (this.#wanted?.seats ?? []).map(({ seat, generation }) => ({ seat, generation, ...this.#progress(seat) }));
    return { seats, changes: changeViews(this.#state, (task) => this.#logs.piecesOf(task).length > 0) };
  }

  /** `GET /v1/changes/:change/tasks/:task/log`: all that the task's program said, its last 10 MiB. @throws Problem NOT_FOUND */
  taskLog(change: string, task: string): Response {
    const known = this.#state.change(Number(change))?.tasks.includes(Number(task)) ?? false;
    const pieces = known ? this.#logs.piecesOf(Number(task)) : [];
    if (pieces.length === 0) throw new Problem("NOT_FOUND", "This task has no log: it said nothing, or is long over.");
    const headers = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
    return new Response(contentsOf(pieces) as never, { headers });
  }

  /** What each ready seat takes now, where the runtime measures it. */
  async usage(): Promise<Map<number, SeatUsage>> {
    const ready = (this.#wanted?.seats ?? []).map(({ seat }) => seat).filter((seat) => this.seat(seat));
    const found = await Promise.all(ready.map(async (seat) => [seat, await this.runtime.usage?.(seat)] as const));
    return new Map(found.flatMap(([seat, usage]) => (usage ? [[seat, usage] as const] : [])));
  }

  /** Called when the report may have changed, often; returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Counted by looking; while the class runs at most every 5 s. */
  leftovers(): Promise<Leftovers> {
    const now = performance.now();
    if (this.#wanted?.phase === "ending" || !this.#leftovers || now - this.#leftovers.at > LEFTOVERS_MS)
      this.#leftovers = { at: now, counted: this.runtime.leftovers() };
    return this.#leftovers.counted;
  }

  /** All that was ever removed here, counted while it was. */
  removed(): Leftovers {
    return allRemoved(this.#state.memory);
  }

  /** Looks at every seat, then does what is to be done. Never throws. */
  ensure(): Promise<void> {
    if (this.#looking) this.#lookAgain = true;
    this.#looking ??= this.#lookAll().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Stops; seats and their shells stay as they are. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#runner.close();
    await this.#looking;
    await this.runtime.close();
    this.#state.close();
  }

  async #lookAll(): Promise<void> {
    do {
      this.#lookAgain = false;
      try {
        if (await this.#look.look()) this.#tell();
        this.#lookFailed = "";
        if (!this.#closed) this.#reconcile();
      } catch (error) {
        this.#tellOnce(error);
      }
    } while (this.#lookAgain && !this.#closed);
  }

  /** What keeps looks from succeeding is logged when it begins, and not at each look. */
  #tellOnce(error: unknown): void {
    const why = String(error);
    if (why !== this.#lookFailed) this.#trouble(error);
    this.#lookFailed = why;
  }

  #reconcile(): void {
    const document = this.#wanted;
    if (!document || this.#closed) return;
    const steps = this.#decisions.steps(document);
    for (const kind of new Set(steps.map(({ action }) => changeKind(action))))
      this.#add(steps.filter((one) => changeKind(one.action) === kind));
  }

  #add(steps: readonly SeatStep[]): void {
    for (const step of steps) {
      this.#look.touched(step.seat);
      this.#handles.delete(step.seat);
      this.#decisions.begin(step);
    }
    const { kind, summary, tasks } = changeOf(this.runtime, steps);
    this.#runner.add(kind, summary, tasks);
  }

  #onState(): void {
    if (this.#decisions.follow() && !this.#closed) void this.ensure();
    this.#tell();
  }

  #progress(seat: number): SeatProgress {
    const made = recordOf(this.#state.memory, seat) !== undefined;
    const wanted = this.#wanted?.phase === "running" && this.#wanted.seats.some((one) => one.seat === seat);
    return seatProgress(workOf(this.#state, seat), { made, wanted, condition: this.#look.condition(seat) });
  }

  #handle(seat: number): SeatHandle | undefined {
    const wish = this.#wanted?.seats.find((one) => one.seat === seat);
    if (!wish) return undefined;
    const known = this.#handles.get(seat);
    if (known?.generation === wish.generation) return known;
    const handle = this.runtime.handle(seat, wish.generation);
    this.#handles.set(seat, handle);
    return handle;
  }

  #tell(): void {
    if (!this.#closed) for (const listener of this.#listeners) listener();
  }
}

async function* contentsOf(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) yield* Bun.file(path).stream();
}
