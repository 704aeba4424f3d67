import type { StepView } from "../../views/workshop.ts";
import { timesOf } from "./step-times.ts";

/** The same step of several machines as one line: done when it is done on all of them. What one of them says is told with its number. */
export function joined(
  line: Pick<StepView, "key" | "summary">,
  steps: readonly (StepView & { machine: number })[],
  progress = `${steps.filter(({ is }) => is === "done").length} of ${steps.length}`,
): StepView {
  const is = stateOf(steps);
  const { started, ended } = timesOf(steps);
  const said = saidBy(steps.filter(({ is }) => is !== "done"));
  const notes = is === "doing" ? [progress, ...said] : said;
  return {
    ...line,
    is,
    ...(started && is !== "todo" && { startedAt: started }),
    ...(ended && (is === "done" || is === "failed") && { endedAt: ended }),
    ...(notes.length > 0 && { note: notes.join("; ") }),
  };
}

/** Begun on one is begun; of one that failed one wants to know at once. */
function stateOf(steps: readonly StepView[]): StepView["is"] {
  const has = (is: StepView["is"]) => steps.some((step) => step.is === is);
  if (has("failed")) return "failed";
  if (has("doing")) return "doing";
  if (!has("todo")) return "done";
  return has("done") ? "doing" : "todo";
}

/** Each once, with the machines that say it; what all of them say stands alone. */
function saidBy(steps: readonly (StepView & { machine: number })[]): string[] {
  const byNote = Map.groupBy(
    steps.filter(({ note }) => note),
    ({ note }) => note ?? "",
  );
  return [...byNote].map(([note, own]) => {
    if (own.length > 1 && own.length === steps.length) return note;
    return `${own.length === 1 ? "machine" : "machines"} ${own.map(({ machine }) => machine).join(", ")}: ${note}`;
  });
}
