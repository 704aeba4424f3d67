import type { TaskSpec } from "../engine/task.ts";
import type { SeatAction } from "./plan.ts";
import { forgetSeat, recordSeat } from "./records.ts";
import type { Runtime, SeatWish } from "./runtime.ts";

/** A change that is to be: one lane per seat, so that a failing seat goes back alone; what all share comes first, in all lanes. */
export interface ChangeSpec {
  kind: string;
  summary: string;
  tasks: TaskSpec[];
}

/** Making is one change for all seats that need it, whether something of them is there or not. */
export const changeKind = (action: SeatAction): string => (action === "remake" ? "make" : action);

const VERBS: Record<string, string> = { make: "Make", repair: "Repair", stop: "Stop", remove: "Remove" };

export interface SeatStep {
  seat: number;
  action: SeatAction;
  /** Not there for stop and remove. */
  wish: SeatWish | undefined;
}

/** All steps have one change kind. */
export function changeOf(runtime: Runtime, steps: readonly SeatStep[]): ChangeSpec {
  const kind = changeKind(steps[0]?.action ?? "make");
  const wishes = steps.flatMap(({ wish }) => (kind === "make" && wish ? [wish] : []));
  const lanes = steps.map(({ seat }) => seat);
  const shared = wishes.length > 0 ? runtime.prepare(wishes) : [];
  const tasks = chain([], shared, undefined, lanes);
  for (const step of steps) {
    const last = shared.length > 0 ? shared.length - 1 : undefined;
    chain(tasks, tasksOf(runtime, step), last, [step.seat]);
  }
  const what = steps.length === 1 ? `seat ${steps[0]?.seat}` : `${steps.length} seats`;
  return { kind, summary: `${VERBS[kind]} ${what}`, tasks };
}

function tasksOf(runtime: Runtime, { seat, action, wish }: SeatStep): TaskSpec[] {
  if (action === "stop") return [forgetSeat(seat), ...runtime.stopSeat(seat)];
  if (action === "remove" || !wish) return [forgetSeat(seat), ...runtime.removeSeat(seat)];
  const record = recordSeat(seat, wish.freshSince);
  if (action === "repair") return [...runtime.repairSeat(wish), record];
  const clear = action === "remake" ? [forgetSeat(seat), ...runtime.removeSeat(seat)] : [];
  return [...clear, ...runtime.makeSeat(wish), record];
}

/** Adds specs one after the other, the first after `after`. */
function chain(tasks: TaskSpec[], specs: readonly TaskSpec[], after: number | undefined, lanes: readonly number[]): TaskSpec[] {
  let before = after;
  for (const spec of specs) {
    tasks.push({ ...spec, lanes, after: before === undefined ? [] : [before] });
    before = tasks.length - 1;
  }
  return tasks;
}
