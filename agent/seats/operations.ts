import type { RefreshPlan, SeatConnections } from "../contract/api.ts";
import { Problem } from "../contract/errors.ts";
import { seatName } from "../contract/seats.ts";
import type { Change } from "../engine/change.ts";
import type { Runner } from "../engine/runner.ts";
import type { State } from "../engine/state.ts";
import { isReady, type Task } from "../engine/task.ts";
import { NOTHING_BY_HAND } from "../interfaces/resolve.ts";
import { allowedOperations, busy, isAlready, notNow } from "./allowed.ts";
import { type Ask, type ConnectAsk, withAsk } from "./asks.ts";
import { asMade, withByHand } from "./decide.ts";
import { RECORD, recordOf, recordSame } from "./records.ts";
import type { Runtime, SeatWish } from "./runtime.ts";
import type { SeatStanding } from "./standing.ts";
import { isBusy, workOf } from "./status.ts";
import { seatOf } from "./views.ts";
import { type SavedWish, saveWish, wishOf } from "./wishes.ts";

export interface OperationsParts {
  state: State;
  runner: Runner;
  runtime: Runtime;
  standing: SeatStanding;
  /** Looks, then decides. */
  ensure(): Promise<void>;
  /** Decides by what was seen last. */
  reconcile(): void;
}

const NOT_AGAIN =
  "Seats of this machine are plain processes: they aren't made again round their work. Free the seat to have it made anew, without its files.";
const NO_CONNECTIONS = "Seats of this machine are plain processes: they have no connections. They use what the machine has.";

/** A seat that something is asked of: what it was made from, and what a refresh would make of it. */
interface Asked {
  from: SeatWish;
  to: SeatWish;
}

/** What people ask of seats beside the document: it is written down as a wish, and looking and deciding lead there. */
export class SeatOperations {
  constructor(private readonly parts: OperationsParts) {}

  /** As `SeatManager.ask`. */
  async ask(seats: readonly number[], ask: Ask): Promise<Change[]> {
    this.#refuseUnknown(ask);
    const { state, ensure, reconcile } = this.parts;
    await ensure();
    const wishes = await Promise.all(
      seats.map(async (seat) => [this.#askable(seat, ask), await this.#wishFor(seat, ask)] as const),
    );
    // What was found out took a while: something else may have begun.
    for (const seat of seats) this.#askable(seat, ask);
    const before = new Set(state.changes());
    state.update((s) => {
      for (const [asked, wish] of wishes)
        if (asked && wish) saveWish({ set: (key, value) => s.remember(key, value) }, asked.to, wish);
      return undefined;
    });
    reconcile();
    return state.changes().filter((change) => !before.has(change) && change.endedAt === undefined);
  }

  /** What waits in this change runs again. @throws Problem */
  continue(id: string): void {
    const { state, runtime } = this.parts;
    const change = this.#openChange(id);
    runtime.requireOurs?.({ tasks: state.tasksOf(change).map(({ data }) => data) });
    if (!this.parts.runner.continue(change))
      throw new Problem("STATE_CONFLICT", `"${change.summary}" (change ${id}) doesn't wait for anybody: it can't be continued.`);
  }

  /** What is done of it goes back; seats that it is through with stay. One that was never there is off then. @throws Problem */
  abort(id: string): void {
    const { state, runner, standing } = this.parts;
    const change = this.#openChange(id);
    const tasks = state.tasksOf(change);
    const seats = new Set(tasks.flatMap((task) => seatOf(task) ?? []).filter((seat) => !isThrough(tasks, seat)));
    // What all share is in every seat's lane: it stays for those that stay.
    const lanes = tasks.filter((task) => seats.has(seatOf(task) ?? 0)).flatMap((task) => task.lanes);
    runner.abort(change, [...new Set(lanes)], (memory) => {
      if (change.kind !== "launch") return;
      for (const one of [...seats].flatMap((seat) => standing.listed(seat) ?? [])) saveWish(memory, one, { power: "gone" });
    });
  }

  /** @throws Problem NOT_FOUND, INVALID_INPUT; as the runtime */
  async plan(seats: readonly number[]): Promise<RefreshPlan> {
    const { runtime } = this.parts;
    if (!runtime.plan) throw new Problem("INVALID_INPUT", NOT_AGAIN);
    return runtime.plan(seats.map((seat) => this.#madeSeat(seat)));
  }

  /** @throws Problem NOT_FOUND, INVALID_INPUT; as the runtime */
  async connections(seat: number): Promise<SeatConnections> {
    const { runtime } = this.parts;
    if (!runtime.connections) throw new Problem("INVALID_INPUT", NO_CONNECTIONS);
    return runtime.connections(this.#madeSeat(seat).from);
  }

  /** Of one that is being worked on: none, but for a change that waits. */
  operations(seat: number): readonly string[] {
    const { state, standing } = this.parts;
    const status = standing.status(seat);
    if (status !== "waiting" && isBusy(workOf(state, seat))) return [];
    const allowed = allowedOperations(status, recordOf(state.memory, seat) !== undefined);
    return allowed.filter((action) => this.#whyUnknown(action) === undefined);
  }

  #refuseUnknown({ action }: Ask): void {
    const why = this.#whyUnknown(action);
    if (why !== undefined) throw new Problem("INVALID_INPUT", why);
  }

  /** What the runtime hasn't. */
  #whyUnknown(action: string): string | undefined {
    const { runtime } = this.parts;
    if ((action === "refresh" || action === "restore") && !runtime.renewSeat) return NOT_AGAIN;
    const connects = action === "connect" || action === "disconnect" || action === "remount";
    return connects && !runtime.connectSeat ? NO_CONNECTIONS : undefined;
  }

  /** Undefined: it is so already. @throws Problem NOT_FOUND, STATE_CONFLICT */
  #askable(seat: number, { action }: Ask): Asked | undefined {
    const { state, standing } = this.parts;
    const asked = this.#seat(seat);
    const work = workOf(state, seat);
    if (work && isBusy(work)) throw busy(work.change, seat);
    const status = standing.status(seat);
    const allowed = this.operations(seat);
    if (allowed.includes(action)) return asked;
    if (isAlready(action, status)) return undefined;
    throw notNow(action, seat, status, allowed);
  }

  /** Undefined: nothing differs. @throws Problem as the runtime */
  async #wishFor(seat: number, ask: Ask): Promise<SavedWish | undefined> {
    const { state, runtime } = this.parts;
    const { from, to } = this.#seat(seat);
    if (ask.action === "restore") runtime.requireOurs?.({ seat });
    const saved = wishOf(state.memory, to);
    const wish = withAsk(saved, ask, from.byHand ?? NOTHING_BY_HAND);
    if (ask.action === "refresh") {
      const does = (await runtime.compare?.(from, to)) ?? "new";
      if (does === "live") return { power: "on", renewal: { kind: "connect", as: "refresh", mode: ask.mode ?? "transactional" } };
      if (does === "same") recordSame(state.memory, to);
      return does === "new" ? wish : undefined;
    }
    if (wish.renewal?.kind === "connect" && wish.renewal.byHand) {
      if (Bun.deepEquals(wish.renewal.byHand, from.byHand ?? NOTHING_BY_HAND)) return undefined;
      const does = await runtime.mayConnect?.(withByHand(from, wish.renewal.byHand), ask as ConnectAsk);
      if (does === "new") return { ...wish, renewal: { ...wish.renewal, anew: true } };
    }
    return wish;
  }

  /** Of the document. @throws Problem NOT_FOUND */
  #seat(seat: number): Asked {
    const to = this.parts.standing.wanted(seat);
    if (!to) throw new Problem("NOT_FOUND", `This machine has no seat ${seatName(seat)} now.`);
    const record = recordOf(this.parts.state.memory, seat);
    if (!record) return { from: to, to };
    return { from: withByHand(asMade(to, record), record.byHand), to: withByHand(to, record.byHand) };
  }

  /** @throws Problem NOT_FOUND, STATE_CONFLICT */
  #madeSeat(seat: number): Asked {
    const asked = this.#seat(seat);
    if (recordOf(this.parts.state.memory, seat)) return asked;
    throw new Problem("STATE_CONFLICT", `Seat ${seatName(seat)} isn't made: launch it, or wait until it is.`);
  }

  #openChange(id: string): Change {
    const change = this.parts.state.change(Number(id));
    if (!change) throw new Problem("NOT_FOUND", `There is no change "${id.slice(0, 20)}" any more, or there never was.`);
    if (change.endedAt === undefined) return change;
    throw new Problem("STATE_CONFLICT", `"${change.summary}" (change ${id}) is over: nothing waits in it.`);
  }
}

/** The seat is what it was to become: there is no way back, and somebody may be at work in it. */
function isThrough(tasks: readonly Task[], seat: number): boolean {
  const own = tasks.filter((task) => seatOf(task) === seat);
  return own.every(({ status }) => isReady(status)) || own.some(({ kind, status }) => kind === RECORD && status === "done");
}
