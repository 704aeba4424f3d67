import type { MachineDocument } from "../contract/machine.ts";
import type { Change } from "../engine/change.ts";
import type { State } from "../engine/state.ts";
import { isReady } from "../engine/task.ts";
import type { SeatLook } from "./look.ts";
import { nextAction, retryDelayMs, type SeatAction } from "./plan.ts";
import { recordedSeats, recordOf, type SeatRecord } from "./records.ts";
import { changeKind, type SeatStep } from "./request.ts";
import type { SeatWish } from "./runtime.ts";
import { hasFailed, workOf } from "./status.ts";
import { seatOf } from "./views.ts";
import { type ConnectKind, type SavedWish, type Wished, wishOf } from "./wishes.ts";

interface Attempt {
  action: SeatAction;
  as?: ConnectKind | undefined;
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
    const wishes = new Map(document.seats.map((one) => [one.seat, seatWish(document, one)]));
    const seats = new Set([...wishes.keys(), ...recordedSeats(this.#state.memory), ...this.#look.found]);
    const steps: SeatStep[] = [];
    for (const seat of [...seats].sort((a, b) => a - b)) {
      if (this.#busy.has(seat)) continue;
      const wish = wishes.get(seat);
      const action = this.#actionOf(seat, wish, document);
      const step = action && this.#stepOf(seat, action, wish);
      if (step && this.#mayTry(step)) steps.push(step);
    }
    return steps;
  }

  /** This step becomes tasks now. */
  begin({ seat, action, as, wish }: SeatStep): void {
    this.#busy.add(seat);
    const count = this.#failures.get(seat)?.count ?? 0;
    this.#trying.set(seat, { action, as, freshSince: wish?.freshSince, count });
  }

  /** Lanes of unfinished changes that the document has no use for. A machine that ends, or lost a seat, doesn't finish making it. */
  *unwanted(document: MachineDocument): Generator<{ change: Change; lanes: number[] }> {
    const wanted = new Set(document.phase === "ending" ? [] : document.seats.map(({ seat }) => seat));
    for (const change of this.#state.changes()) {
      if (change.endedAt !== undefined || change.kind === "stop" || change.kind === "remove") continue;
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
    const { power, renewal } = this.#savedOf(wanted);
    const facts = { wanted, phase, keepFiles, record, condition, found, power, renewal: renewal?.kind };
    const action = nextAction(facts);
    const failed = this.#failures.get(seat)?.action;
    return action ?? (phase === "ending" && keepFiles && failed === "stop" ? "stop" : undefined);
  }

  #stepOf(seat: number, action: SeatAction, wanted: SeatWish | undefined): SeatStep {
    if (!wanted) return { seat, action, wish: undefined };
    const { power, renewal } = this.#savedOf(wanted);
    const record = recordOf(this.#state.memory, seat);
    const wish = wishFor(action, wanted, record, renewal);
    const isOff = power === "off" || (action === "connect" && record?.off);
    const begun = beginsWished(action, renewal) ? renewal : undefined;
    return {
      ...{ seat, action, wish },
      ...(begun && { mode: begun.mode, begun }),
      ...(begun?.kind === "connect" && { as: begun.as, ...(begun.anew && { anew: true }) }),
      ...(isOff && { off: true }),
    };
  }

  #savedOf(wanted: SeatWish | undefined): SavedWish {
    return wanted ? wishOf(this.#state.memory, wanted) : { power: "on" };
  }

  /** What a person asks for is tried at once. */
  #mayTry({ seat, action, wish, begun }: SeatStep): boolean {
    const failure = this.#failures.get(seat);
    if (begun || !failure) return true;
    if (changeKind(failure) !== changeKind({ action }) || failure.freshSince !== wish?.freshSince) return true;
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

export function seatWish(document: MachineDocument, one: MachineDocument["seats"][number]): SeatWish {
  const { seat, generation, freshSince, name } = one;
  const { starter } = document;
  const { definition, definitionArchive } = name === undefined ? document : one;
  return {
    ...{ seat, generation, freshSince, workshop: document.workshop.id },
    ...(starter && { starter }),
    ...(definition !== undefined && { definition }),
    ...(definitionArchive && { definitionArchive: definitionArchive.digest }),
  };
}

/** By this step that which was asked for is begun, and isn't wished any more. */
function beginsWished(action: SeatAction, renewal: Wished | undefined): boolean {
  if (renewal?.kind === "launch") return action === "make" || action === "remake";
  return renewal?.kind === action;
}

/** A seat keeps what it was made from until it is refreshed, and what people connected until it is restored. */
function wishFor(action: SeatAction, wanted: SeatWish, record: SeatRecord | undefined, renewal: Wished | undefined): SeatWish {
  if (!record || action === "make" || action === "remake" || action === "remove") return wanted;
  const asked = renewal?.kind === "connect" && action === "connect" ? renewal : undefined;
  const isRefreshed = action === "refresh" || (asked !== undefined && asked.byHand === undefined);
  const byHand = asked?.byHand ?? (action === "restore" ? undefined : record.byHand);
  return withByHand(isRefreshed ? wanted : asMade(wanted, record), byHand);
}

/** What a seat that was made is, as a wish: with the definition it was made from. */
export function asMade(wanted: SeatWish, { from }: SeatRecord): SeatWish {
  if (!from) return wanted;
  const { definition: _, definitionArchive: __, ...others } = wanted;
  return { ...others, ...from };
}

export const withByHand = (wish: SeatWish, byHand: SeatWish["byHand"]): SeatWish => ({ ...wish, ...(byHand && { byHand }) });
