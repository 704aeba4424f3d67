import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ChangeView } from "../contract/changes.ts";
import type { Leftovers, MachineDocument } from "../contract/machine.ts";
import type { SeatStatus } from "../contract/seats.ts";
import { Runner } from "../engine/runner.ts";
import { State } from "../engine/state.ts";
import { isReady } from "../engine/task.ts";
import { nextAction, retryDelayMs, type SeatAction } from "./plan.ts";
import { allRemoved } from "./receipt.ts";
import { recordedSeats, recordHandlers, recordOf } from "./records.ts";
import { changeKind, changeOf, type SeatStep } from "./request.ts";
import type { MakeRuntime, Runtime, SeatCondition, SeatWish } from "./runtime.ts";
import type { SeatHandle } from "./seat.ts";
import { hasFailed, type SeatProgress, seatProgress, workOf } from "./status.ts";
import { changeViews, seatOf } from "./views.ts";

export interface SeatsOptions {
  /** The machine's directory. */
  directory: string;
  /** `clarateach-ws-abc` */
  machine: string;
  runtime: MakeRuntime;
  /** Where the bytes of a starter archive are. */
  starterPath(digest: string): string;
  /** A step that couldn't be saved, a look that failed: for the log. */
  onTrouble?(error: unknown): void;
  now?: () => number;
}

interface Attempt {
  action: SeatAction;
  freshSince: number | undefined;
  /** How often it failed before. */
  count: number;
}

/** Seats made at once: a start is mostly waiting for disks and forks, and the ones that are ready need the processor too. */
const PARALLEL = 4;

/** How soon a seat whose session vanished is seen and started again. */
const LOOK_MS = 10_000;

/** While a class runs a report needn't count every file anew. */
const LEFTOVERS_MS = 5000;

/**
 * Opens a machine's seats as they are: unfinished changes go on, sessions are adopted. @throws Problem when the runtime can't work here,
 * or the saved state is of a newer release
 */
export async function openSeats(options: SeatsOptions): Promise<SeatManager> {
  const state = new State(join(options.directory, "state.sqlite"), options.now);
  const { directory, machine, starterPath } = options;
  try {
    const runtime = options.runtime({ directory, machine, memory: state.memory, starterPath });
    await runtime.open();
    const seats = new SeatManager(state, runtime, options.onTrouble ?? (() => {}));
    await seats.ensure();
    return seats;
  } catch (error) {
    state.close();
    throw error;
  }
}

/** Compares what is wanted with what is there, and adds the changes that lead from one to the other. */
export class SeatManager {
  readonly runtime: Runtime;
  readonly #state: State;
  readonly #runner: Runner;
  readonly #trouble: (error: unknown) => void;
  readonly #conditions = new Map<number, SeatCondition>();
  readonly #found = new Set<number>();
  readonly #handles = new Map<number, SeatHandle>();
  readonly #trying = new Map<number, Attempt>();
  readonly #failures = new Map<number, Attempt & { at: number }>();
  readonly #listeners = new Set<() => void>();
  #wanted: MachineDocument | undefined;
  #busy = new Set<number>();
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #foundIsOld = true;
  #closed = false;
  readonly #timer: Timer;
  #leftovers: { at: number; counted: Promise<Leftovers> } | undefined;

  constructor(state: State, runtime: Runtime, onTrouble: (error: unknown) => void) {
    this.#state = state;
    this.runtime = runtime;
    this.#trouble = onTrouble;
    const handlers = { ...runtime.handlers, ...recordHandlers(runtime) };
    this.#runner = new Runner(state, { handlers, parallel: PARALLEL, onTrouble });
    this.#busy = this.#busyNow();
    state.onChange(() => this.#onState());
    this.#timer = setInterval(() => void this.ensure(), LOOK_MS);
    this.#timer.unref();
    runtime.onChange?.(() => void this.ensure());
    this.#runner.ensure();
  }

  /** Quick: compares and adds changes; never waits for the runtime. */
  want(document: MachineDocument): void {
    this.#wanted = document;
    this.#abortUnwanted();
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
    return handle && this.#conditions.get(seat) !== "off" && existsSync(handle.workspace) ? handle : undefined;
  }

  status(seat: number): SeatStatus {
    return this.#progress(seat).status;
  }

  /** The document's seats, and unfinished and recent changes. */
  report(): { seats: (SeatProgress & { seat: number; generation: number })[]; changes: ChangeView[] } {
    const seats = (this.#wanted?.seats ?? []).map(({ seat, generation }) => ({ seat, generation, ...this.#progress(seat) }));
    return { seats, changes: changeViews(this.#state) };
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
        await this.#look();
        if (!this.#closed) this.#reconcile();
      } catch (error) {
        this.#trouble(error);
      }
    } while (this.#lookAgain && !this.#closed);
  }

  async #look(): Promise<void> {
    if (this.#foundIsOld) await this.#find();
    const found = this.#found;
    const seats = [...new Set([...found, ...recordedSeats(this.#state.memory)])].filter((seat) => !this.#busy.has(seat));
    const conditions = await Promise.all(seats.map((seat) => this.runtime.inspect(seat)));
    const before = JSON.stringify([...this.#conditions]);
    for (const seat of this.#conditions.keys()) if (!seats.includes(seat)) this.#conditions.delete(seat);
    // One that became busy meanwhile is looked at when it is done.
    seats.forEach((seat, i) => {
      const condition = conditions[i];
      if (condition && !this.#busy.has(seat)) this.#conditions.set(seat, condition);
    });
    if (JSON.stringify([...this.#conditions]) !== before) this.#tell();
  }

  /** Costs a look at every process: only at the start, and when something went away or wrong. */
  async #find(): Promise<void> {
    this.#foundIsOld = false;
    const found = new Set(await this.runtime.found());
    for (const seat of this.#found) if (!this.#busy.has(seat) && !found.has(seat)) this.#found.delete(seat);
    for (const seat of found) this.#found.add(seat);
  }

  #reconcile(): void {
    const document = this.#wanted;
    if (!document || this.#closed) return;
    const wishes = new Map(document.seats.map((one) => [one.seat, wishOf(document, one)]));
    const seats = new Set([...wishes.keys(), ...recordedSeats(this.#state.memory), ...this.#found]);
    const steps: SeatStep[] = [];
    for (const seat of [...seats].sort((a, b) => a - b)) {
      if (this.#busy.has(seat)) continue;
      const wish = wishes.get(seat);
      const action = this.#actionOf(seat, wish, document);
      if (action && this.#mayTry(seat, action, wish)) steps.push({ seat, action, wish });
    }
    for (const kind of new Set(steps.map(({ action }) => changeKind(action))))
      this.#add(steps.filter((one) => changeKind(one.action) === kind));
  }

  #actionOf(seat: number, wanted: SeatWish | undefined, { phase, keepFiles = false }: MachineDocument): SeatAction | undefined {
    const record = recordOf(this.#state.memory, seat);
    const condition = this.#conditions.get(seat);
    const action = nextAction({ wanted, phase, keepFiles, record, condition, found: this.#found.has(seat) });
    const failed = this.#failures.get(seat)?.action;
    return action ?? (phase === "ending" && keepFiles && failed === "stop" ? "stop" : undefined);
  }

  #mayTry(seat: number, action: SeatAction, wish: SeatWish | undefined): boolean {
    const failure = this.#failures.get(seat);
    if (!failure || changeKind(failure.action) !== changeKind(action) || failure.freshSince !== wish?.freshSince) return true;
    return this.#state.now() >= failure.at + retryDelayMs(failure.count);
  }

  #add(steps: readonly SeatStep[]): void {
    for (const { seat, action, wish } of steps) {
      this.#conditions.delete(seat);
      this.#handles.delete(seat);
      this.#found.add(seat);
      this.#busy.add(seat);
      const count = this.#failures.get(seat)?.count ?? 0;
      this.#trying.set(seat, { action, freshSince: wish?.freshSince, count });
    }
    const { kind, summary, tasks } = changeOf(this.runtime, steps);
    this.#runner.add(kind, summary, tasks);
  }

  /** A machine that ends, or lost a seat, doesn't finish making it. Lanes that are done stay: a learner's work may be in there. */
  #abortUnwanted(): void {
    const document = this.#wanted;
    if (!document) return;
    const wanted = new Set(document.phase === "ending" ? [] : document.seats.map(({ seat }) => seat));
    for (const change of this.#state.changes()) {
      if (change.endedAt !== undefined || (change.kind !== "make" && change.kind !== "repair")) continue;
      const open = this.#state.tasksOf(change).filter((task) => !isReady(task.status));
      const lanes = new Set(open.flatMap((task) => seatOf(task) ?? []).filter((seat) => !wanted.has(seat)));
      if (lanes.size > 0) this.#runner.abort(change, [...lanes]);
    }
  }

  #onState(): void {
    const before = this.#busy;
    this.#busy = this.#busyNow();
    const done = [...before].filter((seat) => !this.#busy.has(seat));
    for (const seat of done) this.#noteEnd(seat);
    if (done.length > 0 && !this.#closed) void this.ensure();
    this.#tell();
  }

  #noteEnd(seat: number): void {
    const tried = this.#trying.get(seat);
    this.#trying.delete(seat);
    if (recordOf(this.#state.memory, seat) === undefined) this.#foundIsOld = true;
    if (tried && hasFailed(workOf(this.#state, seat)))
      this.#failures.set(seat, { ...tried, count: tried.count + 1, at: this.#state.now() });
    else this.#failures.delete(seat);
  }

  #busyNow(): Set<number> {
    const open = this.#state.changes().filter((change) => change.endedAt === undefined);
    const tasks = open.flatMap((change) => this.#state.tasksOf(change)).filter((task) => !isReady(task.status));
    return new Set(tasks.flatMap((task) => seatOf(task) ?? []));
  }

  #progress(seat: number): SeatProgress {
    const made = recordOf(this.#state.memory, seat) !== undefined;
    const wanted = this.#wanted?.phase === "running" && this.#wanted.seats.some((one) => one.seat === seat);
    return seatProgress(workOf(this.#state, seat), { made, wanted, condition: this.#conditions.get(seat) });
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

function wishOf(document: MachineDocument, { seat, generation, freshSince }: MachineDocument["seats"][number]): SeatWish {
  const { starter, definition } = document;
  return {
    ...{ seat, generation, freshSince, workshop: document.workshop.id },
    ...(starter && { starter }),
    ...(definition !== undefined && { definition }),
  };
}
