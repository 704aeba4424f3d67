import { progressOf, type TaskView } from "../../agent/contract/changes.ts";
import type { MachineReport } from "../../agent/contract/machine.ts";
import type { TaskLogView } from "../../views/workshop.ts";

/** What a machine said last, and whose it is. */
export interface Reported {
  workshop: string;
  machine: number;
  report: MachineReport;
}

/** Of a line on a page; what a program writes in one can have any length. */
const LINE_SHOWN = 400;

/**
 * The last lines of a task, and where all of them are if there are more.
 * @param failure what the page says already  @returns undefined: it said nothing, or nothing else
 */
export function logOf(
  { workshop, machine }: Pick<Reported, "workshop" | "machine">,
  change: string,
  { id, log, wholeLog }: TaskView,
  failure = "",
): TaskLogView | undefined {
  if (!wholeLog && log.every((line) => failure.includes(line))) return undefined;
  return {
    lines: log.map((line) => (line.length > LINE_SHOWN ? `${line.slice(0, LINE_SHOWN)}…` : line)),
    ...(wholeLog && { href: `/workshops/${workshop}/machines/${machine}/tasks/${change}/${id}/log` }),
  };
}

/** How far a task is that is at work, or what it said last. */
export function doingNow({ progress, log, status }: TaskView): string | undefined {
  if (status === "undoing" || status === "abort") return "going back to what it was before";
  return (progress && progressOf(progress)) ?? log.at(-1);
}
