import type { TaskView } from "../../agent/contract/changes.ts";
import { sum } from "../../agent/contract/leftovers.ts";
import type { MachineReport, SeatReport } from "../../agent/contract/machine.ts";
import { seatName } from "../../agent/contract/seats.ts";
import type { StepView } from "../../views/workshop.ts";
import { actOf, UNDO_STEP } from "./journal.ts";
import type { Whole } from "./record.ts";
import type { Step } from "./resources/kind.ts";
import { KINDS, kindOf } from "./resources/kinds.ts";
import { EMPTY } from "./resources/machine.ts";

/** "What is happening": what was done, is being done and comes, of the last start or, once that began, of the stop. */
export function stepsOf(whole: Whole, reports: readonly MachineReport[]): StepView[] {
  const { workshop } = whole;
  if (workshop.stop_at) return stopSteps(whole, reports);
  if (workshop.attempt === 0) return [];
  const steps = [
    ...stepsOfRows(whole, "startSteps").map((step) => shown(whole, step)),
    ...seatSteps(workshop.seats, reports, workshop.failure),
  ];
  return workshop.failure === null ? steps : [...steps.filter(({ is }) => is !== "todo"), shown(whole, UNDO_STEP)];
}

function stopSteps(whole: Whole, reports: readonly MachineReport[]): StepView[] {
  const { workshop } = whole;
  const left = sum(reports.map(({ leftovers }) => leftovers)).directories;
  const note = `${Math.max(0, workshop.seats - left)} of ${workshop.seats} removed`;
  return stepsOfRows(whole, "stopSteps")
    .map((step) => shown(whole, step))
    .map((step) => (step.key === EMPTY.key && step.is === "doing" && !step.note ? { ...step, note } : step))
    .map((step) => (workshop.receipt && step.is === "todo" ? { ...step, is: "done" as const } : step));
}

/** In the order of the kinds, or against it when they are unmade; those of several machines are one. What an earlier start left doesn't count. */
function stepsOfRows({ rows, workshop }: Whole, which: "startSteps" | "stopSteps"): Step[] {
  const kinds = which === "startSteps" ? Object.keys(KINDS) : Object.keys(KINDS).reverse();
  const steps = kinds
    .flatMap((kind) => rows.filter((row) => row.kind === kind && row.attempt === workshop.attempt))
    .flatMap((row) => kindOf(row)[which](row, workshop));
  const byKey = new Map(steps.map((step) => [step.key, step]));
  return [...byKey.values()].sort((a, b) => Number(a.late ?? false) - Number(b.late ?? false));
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
    ...(entry.note && { note: entry.note }),
  };
}

/** One line for seats that are done, one for each that is being made, one for those that wait, one for each reason why some failed. */
function seatSteps(total: number, reports: readonly MachineReport[], failure: string | null): StepView[] {
  const tasks = reports.flatMap(({ changes }) => changes.flatMap((change) => change.tasks));
  const known = new Map(reports.flatMap(({ seats }) => seats.map((seat) => [seat.seat, seat] as const)));
  const steps = Array.from({ length: total }, (_, i) => seatStep(i + 1, known.get(i + 1), tasks));
  return [
    ...grouped(steps.filter(({ is }) => is === "done")),
    ...failed(
      steps.filter(({ is }) => is === "failed"),
      failure ?? "",
    ),
    ...steps.filter(({ is }) => is === "doing").map(named),
    ...grouped(steps.filter(({ is }) => is === "todo")),
  ];
}

/** A reason that stands above, as why the start failed, isn't said again. */
function failed(steps: readonly SeatStep[], failure: string): StepView[] {
  const byReason = Map.groupBy(steps, ({ note = "" }) => note);
  return [...byReason].flatMap(([note, own]) =>
    grouped(own).map((step) => ({ ...step, key: `seat-${own[0]?.seat}`, ...(note && !failure.includes(note) && { note }) })),
  );
}

type SeatStep = Omit<StepView, "key" | "summary"> & { seat: number };

function seatStep(seat: number, report: SeatReport | undefined, tasks: readonly TaskView[]): SeatStep {
  const own = tasks.filter((task) => task.seat === seat);
  const started = own.flatMap(({ startedAt }) => startedAt ?? []).sort()[0];
  const ended = own
    .flatMap(({ endedAt }) => endedAt ?? [])
    .sort()
    .at(-1);
  const is = isOf(report, started !== undefined);
  return {
    seat,
    is,
    ...(started && { startedAt: started }),
    ...(ended && (is === "done" || is === "failed") && { endedAt: ended }),
    ...(report?.note && is !== "done" && { note: report.note }),
  };
}

function isOf(report: SeatReport | undefined, begun: boolean): StepView["is"] {
  if (report?.status === "ready") return "done";
  if (report?.status === "error") return "failed";
  return report && (report.progress > 0 || begun) ? "doing" : "todo";
}

function grouped(own: readonly SeatStep[]): StepView[] {
  const [first, ...rest] = own;
  if (!first) return [];
  const started = own.flatMap(({ startedAt }) => startedAt ?? []).sort()[0];
  const ended = own
    .flatMap(({ endedAt }) => endedAt ?? [])
    .sort()
    .at(-1);
  const { is } = first;
  const summary = rest.length === 0 ? named(first).summary : `Make seats ${listed(own.map(({ seat }) => seat))}`;
  return [
    {
      key: `seats-${is}`,
      summary,
      is,
      ...(started && { startedAt: started }),
      ...(is !== "todo" && ended && { endedAt: ended }),
    },
  ];
}

const named = ({ seat, ...step }: SeatStep): StepView => ({
  key: `seat-${seat}`,
  summary: `Make seat ${seatName(seat)}`,
  ...step,
});

/** `01 to 06`, `09 and 10`, `01, 03 and 04`. */
function listed(seats: readonly number[]): string {
  const names = seats.map(seatName);
  const [first, last] = [seats[0] ?? 0, seats.at(-1) ?? 0];
  if (names.length > 2 && last - first === names.length - 1) return `${seatName(first)} to ${seatName(last)}`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
