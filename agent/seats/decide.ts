import type { MachineDocument } from "../contract/machine.ts";
import type { Change } from "../engine/change.ts";
import type { State } from "../engine/state.ts";
import { isReady } from "../engine/task.ts";
import type { SeatLook } from "./look.ts";
import { nextAction, retryDelayMs, type SeatAction } from "./plan.ts";
import { recordedSeats, recordOf } from "./records.ts";
import { changeKind, type SeatStep } from "./request.ts";
import type { SeatWish } from "./runtime.ts";
import { hasFailed, workOf } from "./status.ts";
import { seatOf } from "./views.ts";

interface Attempt {
  action: SeatAction;
  freshSince: number | undefined;
  /** How often it failed before. */
  count: number;
}

/** What is to be done next with each seat: by what is wanted and seen, and by what is being done or has failed. */
export class SeatDecisions {
  readonly #state: State;
  readonly #look: SeatLook;
  readonly #trying = new Map<number, Attempt>();
  readonly #failures = new Map<number, Attempt & { at: number }>();
  #busy: Set<number>;

  constructor(state: State, look: SeatLook) {
    this.#state = state;
    this.#look = look;
    this.#busy = this.#busyNow();
  }

  isBusy(seat: number): boolean {
    return this.#busy.has(seat);
  }

  /** One step for each seat that isn't as the document wants it, unless it is busy or just failed. */
  steps(document: MachineDocument): SeatStep[] {
    const wishes = new Map(document.seats.map((one) => [one.seat, wishOf(document, one)]));
    const seats = new Set([...wishes.keys(), ...recordedSeats(this.#state.memory), ...this.#look.found]);
    const steps: SeatStep[] = [];
    for (const seat of [...seats].sort((a, b) => a - b)) {
      if (this.#busy.has(seat)) continue;
      const wish = wishes.get(seat);
      const action = this.#actionOf(seat, wish, document);
      if (action && this.#mayTry(seat, action, wish)) steps.push({ seat, action, wish });
    }
    return steps;
  }

  /** This step becomes tasks now. */
  begin({ seat, action, wish }: SeatStep): void {
    this.#busy.add(seat);
    const count = this.#failures.get(seat)?.count ?? 0;
    this.#trying.set(seat, { action, freshSince: wish?.freshSince, count });
  }

  /** Lanes of unfinished changes that the document has no use for. A machine that ends, or lost a seat, doesn't finish making it. */
  *unwanted(document: MachineDocument): Generator<{ change: Change; lanes: number[] }> {
    const wanted = new Set(document.phase === "ending" ? [] : document.seats.map(({ seat }) => seat));
    for (const change of this.#state.changes()) {
      if (change.endedAt !== undefined || (change.kind !== "make" && change.kind !== "repair")) continue;
      // Lanes that are done stay: a learner's work may be in there.
      const open = this.#state.tasksOf(change).filter((task) => !isReady(task.status));
      const lanes = new Set(open.flatMap((task) => seatOf(task) ?? []).filter((seat) => !wanted.has(seat)));
      if (lanes.size > 0) yield { change, lanes: [...lanes] };
    }
  }

  /** To be called when tasks changed. @returns whether any seat's work ended */
  follow(): boolean {
    const before = this.#busy;
    this.#busy = this.#busyNow();
    const done = [...before].filter((seat) => !this.#busy.has(seat));
    for (const seat of done) this.#noteEnd(seat);
    return done.length > 0;
  }

  #actionOf(seat: number, wanted: SeatWish | undefined, { phase, keepFiles = false }: MachineDocument): SeatAction | undefined {
    const record = recordOf(this.#state.memory, seat);
    const [condition, found] = [this.#look.condition(seat), this.#look.found.has(seat)];
    const action = nextAction({ wanted, phase, keepFiles, record, condition, found });
    const failed = this.#failures.get(seat)?.action;
    return action ?? (phase === "ending" && keepFiles && failed === "stop" ? "stop" : undefined);
  }

  #mayTry(seat: number, action: SeatAction, wish: SeatWish | undefined): boolean {
    const failure = this.#failures.get(seat);
    if (!failure || changeKind(failure.action) !== changeKind(action) || failure.freshSince !== wish?.freshSince) return true;
    return this.#state.now() >= failure.at + retryDelayMs(failure.count);
  }

  #noteEnd(seat: number): void {
    const tried = this.#trying.get(seat);
    this.#trying.delete(seat);
    if (recordOf(this.#state.memory, seat) === undefined) this.#look.findAnew();
    if (tried && hasFailed(workOf(this.#state, seat)))
      this.#failures.set(seat, { ...tried, count: tried.count + 1, at: this.#state.now() });
    else this.#failures.delete(seat);
  }

  #busyNow(): Set<number> {
    const open = this.#state.changes().filter((change) => change.endedAt === undefined);
    const tasks = open.flatMap((change) => this.#state.tasksOf(change)).filter((task) => !isReady(task.status));
    return new Set(tasks.flatMap((task) => seatOf(task) ?? []));
  }
}

function wishOf(document: MachineDocument, { seat, generation, freshSince }: MachineDocument["seats"][number]): SeatWish {
  const { starter, definition, definitionArchive } = document;
  return {
    ...{ seat, generation, freshSince, workshop: document.workshop.id },
    ...(starter && { starter }),
    ...(definition !== undefined && { definition }),
    ...(definitionArchive && { definitionArchive: definitionArchive.digest }),
  };
}
