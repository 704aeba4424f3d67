import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RefreshPlan, SeatConnections } from "../contract/api.ts";
import type { ChangeSelection, ChangeView } from "../contract/changes.ts";
import { Problem } from "../contract/errors.ts";
import type { Leftovers, MachineDocument, SeatUsage } from "../contract/machine.ts";
import type { SeatNews } from "../contract/seat-news.ts";
import type { SeatStatus } from "../contract/seats.ts";
import type { Change } from "../engine/change.ts";
import { Runner } from "../engine/runner.ts";
import { State } from "../engine/state.ts";
import type { Ask } from "./asks.ts";
import { SeatDecisions } from "./decide.ts";
import { SeatLook } from "./look.ts";
import { SeatOperations } from "./operations.ts";
import { allRemoved } from "./receipt.ts";
import { recordHandlers, recordOf } from "./records.ts";
import { changeOf, type SeatStep, sameChange } from "./request.ts";
import type { MakeRuntime, Runtime, RuntimeGiven } from "./runtime.ts";
import type { SeatHandle } from "./seat.ts";
import { type SeatRow, SeatStanding } from "./standing.ts";
import { TaskLogs } from "./task-logs.ts";
import { changeView, changeViews } from "./views.ts";
import { openWarnings, type Warnings } from "./warnings.ts";
import { saveWish, wishOf } from "./wishes.ts";

export interface SeatsOptions {
  /** The machine's directory. */
  directory: string;
  /** `clarateach-ws-abc` */
  machine: string;
  runtime: MakeRuntime;
  /** Whose workshops the seats are (runtime.ts). */
  project?: RuntimeGiven["project"];
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
  const { directory, machine, project, starterPath, definitionPath, environment, cli } = options;
  try {
    const runtime = options.runtime({
      ...{ directory, machine, memory: state.memory, starterPath, warn: openWarnings(state.memory, state.now).add },
      ...(project && { project }),
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
  /** What people should know and nothing failed by. */
  readonly warnings: Warnings;
  readonly #state: State;
  readonly #runner: Runner;
  readonly #logs: TaskLogs;
  readonly #trouble: (error: unknown) => void;
  readonly #look: SeatLook;
  readonly #decisions: SeatDecisions;
  readonly #standing: SeatStanding;
  readonly #operations: SeatOperations;
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
    this.warnings = openWarnings(state.memory, state.now);
    this.#trouble = onTrouble;
    const handlers = { ...runtime.handlers, ...recordHandlers(runtime) };
    this.#runner = new Runner(state, { handlers, parallel: PARALLEL, onTrouble });
    this.#look = new SeatLook(runtime, state.memory, (seat) => this.#decisions.isBusy(seat));
    this.#decisions = new SeatDecisions(state, this.#look);
    this.#standing = new SeatStanding({ state, look: this.#look, runtime, wanted: () => this.#wanted });
    this.#operations = new SeatOperations({
      ...{ state, runner: this.#runner, runtime, standing: this.#standing },
      ensure: () => this.ensure(),
      reconcile: () => this.#reconcile(),
    });
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

  /** Only while its learner can work in it. */
  seat(seat: number): SeatHandle | undefined {
    return this.isOpen(seat) ? this.#handle(seat) : undefined;
  }

  /** It is ready, or will be made again, and what runs in it hasn't been ended yet. */
  isOpen(seat: number): boolean {
    return this.#standing.isOpen(seat);
  }

  /** What its learner's pages are told. */
  news(seat: number): SeatNews {
    return this.#standing.news(seat);
  }

  /** Another one when programs that ran in the seat have ended: its shells are others then. Undefined: nobody knows. */
  life(seat: number): string | undefined {
    return this.#standing.life(seat);
  }

  /** For the machine's owner: while it is ready, and while it waits for a person who is to mend it. Its programs may not run then. */
  seatToMend(seat: number): SeatHandle | undefined {
    return ["ready", "waiting"].includes(this.status(seat)) ? this.#handle(seat) : undefined;
  }

  /** Its work is there, whether it runs or not: only `workspace` is of use. For archives. */
  files(seat: number): SeatHandle | undefined {
    const handle = this.#handle(seat);
    return handle && this.#look.condition(seat) !== "off" && existsSync(handle.workspace) ? handle : undefined;
  }

  status(seat: number): SeatStatus {
    return this.#standing.status(seat);
  }

  /** The document's seats, and unfinished and recent changes. */
  report(): { seats: SeatRow[]; changes: ChangeView[] } {
    const seats = this.#standing.rows().map((row) => ({ ...row, operations: [...this.#operations.operations(row.seat)] }));
    return { seats, changes: changeViews(this.#state, this.#hasLog) };
  }

  /** As it is now; undefined: there is none, or it is long over. */
  change(id: number): ChangeView | undefined {
    const change = this.#state.change(id);
    return change && changeView(this.#state, change, this.#hasLog);
  }

  /** Oldest first. */
  changes(select: ChangeSelection): ChangeView[] {
    const chosen = this.#state
      .changes()
      .filter(({ endedAt }) => select === "all" || (select === "ready") === (endedAt !== undefined));
    return chosen.map((change) => changeView(this.#state, change, this.#hasLog));
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

  /**
   * Writes down what is wished of these seats; looking and deciding lead there.
   * @returns the changes that do, none when nothing differs
   * @throws Problem NOT_FOUND; STATE_CONFLICT when one is busy (with what) or its status doesn't allow it; INVALID_INPUT where seats can't
   */
  ask(seats: readonly number[], ask: Ask): Promise<Change[]> {
    return this.#operations.ask(seats, ask);
  }

  /** It isn't made until somebody launches it: before it is wanted, or when that failed. */
  awaitLaunch(one: { seat: number; freshSince: number }): void {
    if (wishOf(this.#state.memory, one).power !== "gone") saveWish(this.#state.memory, one, { power: "gone" });
  }

  /** Its work is there, whether it runs or not. */
  isMade(seat: number): boolean {
    return recordOf(this.#state.memory, seat) !== undefined;
  }

  /** What waits in this change runs again. @throws Problem NOT_FOUND, STATE_CONFLICT */
  continue(id: string): void {
    this.#operations.continue(id);
  }

  /** What is done of it goes back; seats that it is through with stay. One that was never there is off then. @throws Problem */
  abort(id: string): void {
    this.#operations.abort(id);
  }

  /** What a refresh of these seats would do. @throws Problem */
  plan(seats: readonly number[]): Promise<RefreshPlan> {
    return this.#operations.plan(seats);
  }

  /** @throws Problem */
  connections(seat: number): Promise<SeatConnections> {
    return this.#operations.connections(seat);
  }

  /** The workshop.yaml that it was made from, normalized; undefined: the first built-in one, or it isn't made. */
  definitionOf(seat: number): string | undefined {
    return recordOf(this.#state.memory, seat)?.from?.definition;
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
        // What went away meanwhile would be removed again: the next look, which is due, knows.
        if (!this.#closed && !this.#look.isOld) this.#reconcile();
      } catch (error) {
        this.#tellOnce(error);
      }
    } while (this.#lookAgain && !this.#closed);
  }

  /** What keeps looks from succeeding is logged when it begins, and not at each look. */
  #tellOnce(error: unknown): void {
    const why = String(error);
    if (why !== this.#lookFailed) this.#trouble(error);
    if (error instanceof Problem) this.warnings.add({ about: "look", message: error.message });
    this.#lookFailed = why;
  }

  #reconcile(): void {
    const document = this.#wanted;
    if (!document || this.#closed) return;
    const steps = this.#decisions.steps(document);
    for (const [, [first, ...others]] of Map.groupBy(steps, sameChange)) if (first) this.#add([first, ...others]);
  }

  #add(steps: readonly [SeatStep, ...SeatStep[]]): void {
    for (const step of steps) {
      this.#standing.begins(step.seat);
      this.#look.touched(step.seat);
      this.#handles.delete(step.seat);
      this.#decisions.begin(step);
    }
    const { kind, summary, tasks } = changeOf(this.runtime, steps);
    // In one step with what it was asked for by: a kill in between neither loses it nor does it twice.
    this.#runner.add(kind, summary, tasks, steps[0].mode, (memory) => {
      for (const { wish, begun } of steps)
        if (wish && begun) saveWish(memory, wish, { power: wishOf(this.#state.memory, wish).power });
    });
  }

  #onState(): void {
    if (this.#decisions.follow() && !this.#closed) void this.ensure();
    this.#tell();
  }

  #handle(seat: number): SeatHandle | undefined {
    const wish = this.#standing.listed(seat);
    if (!wish) return undefined;
    const known = this.#handles.get(seat);
    if (known?.generation === wish.generation) return known;
    const handle = this.runtime.handle(seat, wish.generation);
    this.#handles.set(seat, handle);
    return handle;
  }

  readonly #hasLog = (task: number): boolean => this.#logs.piecesOf(task).length > 0;

  #tell(): void {
    if (!this.#closed) for (const listener of this.#listeners) listener();
  }
}

async function* contentsOf(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) yield* Bun.file(path).stream();
}
