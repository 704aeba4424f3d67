import { sum } from "../../agent/contract/leftovers.ts";
import type { StepView } from "../../views/workshop.ts";
import { bootNote } from "./booting.ts";
import { joined } from "./joined-steps.ts";
import { actOf, UNDO_STEP } from "./journal.ts";
import type { Whole } from "./record.ts";
import type { Step } from "./resources/kind.ts";
import { KINDS, kindOf } from "./resources/kinds.ts";
import { CREATE, EMPTY } from "./resources/machine.ts";
import { machinesOf } from "./resources/machine-row.ts";
import { seatSteps } from "./seat-steps.ts";
import { sharedSteps } from "./shared-steps.ts";
import type { Reported } from "./task-log.ts";

/** "What is happening": what was done, is being done and comes, of the last start or, once that began, of the stop. */
export function stepsOf(whole: Whole, reported: readonly Reported[]): StepView[] {
  const { workshop } = whole;
  if (workshop.stop_at) return stopSteps(whole, reported);
  if (workshop.attempt === 0) return [];
  // The longest wait of a class in a cloud.
  const own = linesOf(whole, "startSteps", { [CREATE.key]: bootNote(machinesOf(whole.rows)) });
  const steps = [...own, ...machineSteps(whole, reported)];
  return workshop.failure === null ? steps : [...steps.filter(({ is }) => is !== "todo"), shown(whole, UNDO_STEP)];
}

/** Seats that failed because of what they share never began: that is said once, where it failed. */
function machineSteps({ workshop }: Whole, reported: readonly Reported[]): StepView[] {
  const shared = sharedSteps(reported, workshop.failure ?? "");
  const failed = shared.some(({ is }) => is === "failed");
  return [...shared, ...seatSteps(workshop.seats, reported, workshop.failure).filter(({ is }) => !failed || is === "done")];
}

function stopSteps(whole: Whole, reported: readonly Reported[]): StepView[] {
  const { workshop } = whole;
  const left = sum(reported.map(({ report }) => report.leftovers)).directories;
  const note = `${Math.max(0, workshop.seats - left)} of ${workshop.seats} removed`;
  return linesOf(whole, "stopSteps", { [EMPTY.key]: note }).map((step) =>
    workshop.receipt && step.is === "todo" ? { ...step, is: "done" as const } : step,
  );
}

/**
 * In the order of the kinds, or against it when they are unmade. What an earlier start left doesn't count.
 * @param progress how far steps are that are being done, by their keys
 */
function linesOf(
  whole: Whole,
  which: "startSteps" | "stopSteps",
  progress: Readonly<Record<string, string | undefined>> = {},
): StepView[] {
  const { rows, workshop } = whole;
  const kinds = which === "startSteps" ? Object.keys(KINDS) : Object.keys(KINDS).reverse();
  const steps = kinds
    .flatMap((kind) => rows.filter((row) => row.kind === kind && row.attempt === workshop.attempt))
    .flatMap((row) =>
      kindOf(row)
        [which](row, workshop)
        .map((step) => ({ ...step, machine: row.idx })),
    )
    .sort((a, b) => Number(a.late ?? false) - Number(b.late ?? false));
  const lines = Map.groupBy(steps, ({ line, key }) => line?.is ?? key);
  return [...lines].flatMap(([key, [first, ...others]]) => {
    if (!first) return [];
    const views = [first, ...others].map((step) => ({ ...shown(whole, step), machine: step.machine }));
    if (others.length > 0) return [joined({ key, summary: first.line?.of(views.length) ?? first.summary }, views, progress[key])];
    const only = shown(whole, first);
    const note = only.is === "doing" ? (only.note ?? progress[key]) : only.note;
    return [{ ...only, ...(note !== undefined && { note }) }];
  });
}

function shown({ workshop, journal }: Whole, { key, summary }: Step): StepView {
  const act = actOf(workshop);
  const entry = journal.find((each) => each.act === act && each.key === key);
  if (!entry) return { key, summary, is: "todo" };
  return {
    key,
    summary,
    is: entry.state,
    startedAt: entry.started_at,
    ...(entry.ended_at && { endedAt: entry.ended_at }),
    // Why the start failed stands above.
    ...(entry.note && !workshop.failure?.includes(entry.note) && { note: entry.note }),
  };
}
