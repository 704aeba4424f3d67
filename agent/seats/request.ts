import type { Mode } from "../engine/change.ts";
import type { TaskSpec } from "../engine/task.ts";
import type { SeatAction } from "./plan.ts";
import { forgetSeat, recordMade, recordOff, recordSeat } from "./records.ts";
import type { Runtime, SeatWish } from "./runtime.ts";
import type { ConnectKind, Wished } from "./wishes.ts";

/** A change that is to be: one lane per seat, so that a failing seat goes back alone; what all share comes first, in all lanes. */
export interface ChangeSpec {
  kind: string;
  summary: string;
  tasks: TaskSpec[];
}

/** Launching is one change for all seats that need it, whether something of them is there or not. */
export const changeKind = ({ action, as }: { action: SeatAction; as?: ConnectKind | undefined }): string =>
  as ?? KINDS[action] ?? action;

const KINDS: Partial<Record<SeatAction, string>> = { make: "launch", remake: "launch", halt: "stop" };

/** What its change is called where nothing better is known. */
const VERBS: Record<string, string> = {
  ...{
    launch: "Launch",
    repair: "Repair",
    start: "Start",
    stop: "Stop",
    remove: "Remove",
    refresh: "Refresh",
    restore: "Restore",
  },
  ...{ connect: "Connect", disconnect: "Disconnect", remount: "Remount" },
};

export interface SeatStep {
  seat: number;
  action: SeatAction;
  /** Not there for stop and remove. */
  wish: SeatWish | undefined;
  mode?: Mode;
  /** What a person asked for, which this step begins. */
  begun?: Wished;
  /** What people call a change of connections. */
  as?: ConnectKind;
  /** For its connections it is made again. */
  anew?: true;
  /** It isn't started when it is made, or it is stopped and stays so. */
  off?: true;
}

/** Its layers are made first, by all its seats together. */
const isBuilt = (step: SeatStep): boolean => step.action !== "connect" && ["launch", "refresh"].includes(changeKind(step));

/** Equal for steps that may be one change. */
export function sameChange(step: SeatStep): string {
  const { definition, definitionArchive } = (isBuilt(step) && step.wish) || {};
  return JSON.stringify([changeKind(step), step.action === "connect", step.mode, definition, definitionArchive]);
}

/** All steps are of one change. */
export function changeOf(runtime: Runtime, steps: readonly [SeatStep, ...SeatStep[]]): ChangeSpec {
  const kind = changeKind(steps[0]);
  const wishes = steps.flatMap((step) => (isBuilt(step) && step.wish ? [step.wish] : []));
  const lanes = steps.map(({ seat }) => seat);
  const shared = wishes.length > 0 ? runtime.prepare(wishes) : [];
  const tasks = chain([], shared, undefined, lanes);
  for (const step of steps) {
    const last = shared.length > 0 ? shared.length - 1 : undefined;
    chain(tasks, tasksOf(runtime, step), last, [step.seat]);
  }
  const what = steps.length === 1 ? `seat ${steps[0].seat}` : `${steps.length} seats`;
  return { kind, summary: `${VERBS[kind]} ${what}`, tasks };
}

function tasksOf(runtime: Runtime, { seat, action, wish, anew, off }: SeatStep): TaskSpec[] {
  if (action === "stop") return [forgetSeat(seat), ...runtime.stopSeat(seat)];
  if (action === "remove" || !wish) return [forgetSeat(seat), ...runtime.removeSeat(seat)];
  switch (action) {
    case "halt":
      return [...runtime.stopSeat(seat), recordOff(wish)];
    case "repair":
      return [...runtime.repairSeat(wish), recordSeat(wish)];
    case "start":
      return [...(runtime.startSeat?.(wish) ?? runtime.repairSeat(wish)), recordSeat(wish)];
    case "refresh":
    case "restore":
      return runtime.renewSeat?.(wish, action, recordSeat(wish)) ?? [];
    case "connect":
      if (anew) return runtime.renewSeat?.(wish, "reconnect", recordSeat(wish)) ?? [];
      return [...(runtime.connectSeat?.(wish) ?? []), off ? recordOff(wish) : recordSeat(wish)];
    default:
      return launched(runtime, wish, action, off);
  }
}

/** From outside: pending, then stopped when it is made, then ready when it is open. */
function launched(runtime: Runtime, wish: SeatWish, action: "make" | "remake", off: true | undefined): TaskSpec[] {
  const { seat } = wish;
  const clear = action === "remake" ? [forgetSeat(seat), ...runtime.removeSeat(seat)] : [];
  const last = off ? runtime.stopSeat(seat) : [recordSeat(wish)];
  return [...clear, ...runtime.makeSeat(wish), recordMade(wish), ...last];
}

/** Adds specs one after the other, the first after `after`; one that has lanes of its own keeps them. */
function chain(tasks: TaskSpec[], specs: readonly TaskSpec[], after: number | undefined, lanes: readonly number[]): TaskSpec[] {
  let before = after;
  for (const spec of specs) {
    tasks.push({ lanes, ...spec, after: before === undefined ? [] : [before] });
    before = tasks.length - 1;
  }
  return tasks;
}
