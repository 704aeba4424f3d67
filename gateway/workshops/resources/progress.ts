import type { MachineReport } from "../../../agent/contract/machine.ts";

/**
 * When something of a machine's making was last seen to move: `now` when tasks or seats differ from those reported before, else what was
 * known. A task that says a new line moves too, for an installer has no other progress. @param before its last report
 */
export function movedAt(
  { report: before, movedAt: known }: { report?: MachineReport; movedAt?: number },
  after: MachineReport,
  now: number,
): number {
  return before && known !== undefined && markOf(before) === markOf(after) ? known : now;
}

const markOf = ({ changes, seats }: MachineReport): string =>
  JSON.stringify([
    changes.map(({ id, tasks }) => [id, tasks.map(({ status, progress, log }) => [status, progress?.done, log.at(-1)])]),
    seats.map(({ status, progress, generation }) => [status, progress, generation]),
  ]);

/** What a machine does now, for a sentence: its first task under way. */
export const doingNow = ({ changes }: MachineReport): string | undefined =>
  changes.flatMap(({ tasks }) => tasks).find(({ status }) => status === "doing")?.summary;
