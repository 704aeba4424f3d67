import type { TaskView } from "../../agent/contract/changes.ts";
import type { SeatReport } from "../../agent/contract/machine.ts";
import { machineOfSeat, SEATS_PER_MACHINE, seatName } from "../../agent/contract/seats.ts";
import { seatList } from "../../views/parts/amounts.ts";
import type { StepView } from "../../views/workshop.ts";
import { timesOf } from "./step-times.ts";
import { logOf, type Reported } from "./task-log.ts";

/**
 * One line for seats that are done, one for those that wait, one for each reason why some failed; one for each that is being made, or, where
 * there are several machines, one for those of each machine.
 */
export function seatSteps(total: number, reported: readonly Reported[], failure: string | null): StepView[] {
  const known = new Map(reported.flatMap((one) => one.report.seats.map((seat) => [seat.seat, { ...one, seat }] as const)));
  const steps = Array.from({ length: total }, (_, i) => seatStep(i + 1, known.get(i + 1)));
  return [
    ...grouped(steps.filter(({ is }) => is === "done")),
    ...failed(
      steps.filter(({ is }) => is === "failed"),
      failure ?? "",
    ),
    ...doing(
      steps.filter(({ is }) => is === "doing"),
      total,
    ),
    ...grouped(steps.filter(({ is }) => is === "todo")),
  ];
}

function doing(steps: readonly SeatStep[], total: number): StepView[] {
  if (total <= SEATS_PER_MACHINE) return steps.map(named);
  const byMachine = Map.groupBy(steps, ({ seat }) => machineOfSeat(seat));
  return [...byMachine].flatMap(([machine, own]) => grouped(own).map((step) => ({ ...step, key: `${step.key}-${machine}` })));
}

/** A reason that stands above, as why the start failed, isn't said again. */
function failed(steps: readonly SeatStep[], failure: string): StepView[] {
  const byReason = Map.groupBy(steps, ({ note = "" }) => note);
  return [...byReason].flatMap(([note, own]) => {
    const [first] = own;
    const more = { ...(note && !failure.includes(note) && { note }), ...(first?.log && { log: first.log }) };
    return grouped(own).map((step) => ({ ...step, key: `seat-${first?.seat}`, ...more }));
  });
}

type SeatStep = Omit<StepView, "key" | "summary"> & { seat: number };

function seatStep(seat: number, known: (Reported & { seat: SeatReport }) | undefined): SeatStep {
  const own = known?.report.changes.flatMap(({ id, tasks }) => ownOf(seat, id, tasks)) ?? [];
  const { started, ended } = timesOf(own.map(({ task }) => task));
  const is = isOf(known?.seat, started !== undefined);
  const bad = own.findLast(({ task }) => task.status === "error");
  const log = known && is === "failed" && bad && logOf(known, bad.change, bad.task);
  return {
    seat,
    is,
    ...(started && { startedAt: started }),
    ...(ended && (is === "done" || is === "failed") && { endedAt: ended }),
    ...(known?.seat.note && is !== "done" && { note: known.seat.note }),
    ...(log && { log }),
  };
}

const ownOf = (seat: number, change: string, tasks: readonly TaskView[]) =>
  tasks.filter((task) => task.seat === seat).map((task) => ({ change, task }));

function isOf(report: SeatReport | undefined, begun: boolean): StepView["is"] {
  if (report?.status === "ready") return "done";
  if (report?.status === "error") return "failed";
  return report && (report.progress > 0 || begun) ? "doing" : "todo";
}

function grouped(own: readonly SeatStep[]): StepView[] {
  const [first, ...others] = own;
  if (!first) return [];
  const { started, ended } = timesOf(own);
  const { is } = first;
  const summary = others.length === 0 ? named(first).summary : `Make seats ${seatList(own.map(({ seat }) => seat))}`;
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
