import type { TaskView } from "../../agent/contract/changes.ts";
import type { MachineReport, SeatReport } from "../../agent/contract/machine.ts";
import { seatName } from "../../agent/contract/seats.ts";
import { actOf, certificateStep, START_STEPS, STOP_STEPS, UNDO_STEP } from "./journal.ts";
import type { Whole } from "./store.ts";
import type { StepView } from "./view.ts";

/** "What is happening": what was done, is being done and comes, of the act that is played now. */
export function stepsOf(whole: Whole, reports: readonly MachineReport[]): StepView[] {
  const { workshop } = whole;
  if (workshop.stop_at) return stopSteps(whole, reports);
  if (workshop.attempt === 0) return [];
  const over = workshop.failure !== null;
  const steps = [
    told(whole, "secret", START_STEPS.secret),
    told(whole, "create", START_STEPS.create),
    ...certificateSteps(whole),
    ...(workshop.starter ? [told(whole, "starter", START_STEPS.starter)] : []),
    ...seatSteps(workshop.seats, reports),
  ];
  return over ? [...steps.filter(({ is }) => is !== "todo"), told(whole, "undo", UNDO_STEP)] : steps;
}

function certificateSteps(whole: Whole): StepView[] {
  const rows = whole.rows.filter(({ kind }) => kind === "certificate");
  return rows.map(certificateStep).map(({ key, summary }) => told(whole, key, summary));
}

function stopSteps(whole: Whole, reports: readonly MachineReport[]): StepView[] {
  const { workshop, rows } = whole;
  const machine = rows.some(({ kind }) => kind === "machine");
  const packs = workshop.work !== "none";
  const empty = told(whole, "empty", STOP_STEPS.empty);
  const left = reports.reduce((sum, { leftovers }) => sum + leftovers.directories, 0);
  const note =
    empty.is === "doing" && !empty.note ? { note: `${Math.max(0, workshop.seats - left)} of ${workshop.seats} removed` } : {};
  return [
    ...(machine ? [told(whole, "instruct", STOP_STEPS.instruct)] : []),
    ...(machine && packs ? [told(whole, "pack", STOP_STEPS.pack)] : []),
    ...(machine ? [{ ...empty, ...note }, told(whole, "remove", STOP_STEPS.remove)] : []),
    told(whole, "destroy", STOP_STEPS.destroy),
    told(whole, "check", STOP_STEPS.check),
  ].map((step) => (workshop.receipt && step.is === "todo" ? { ...step, is: "done" as const } : step));
}

function told({ workshop, journal }: Whole, key: string, summary: string): StepView {
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

/** One line for seats that are done, one for each that is being made or failed, one for those that wait. */
function seatSteps(total: number, reports: readonly MachineReport[]): StepView[] {
  const tasks = reports.flatMap(({ changes }) => changes.flatMap((change) => change.tasks));
  const known = new Map(reports.flatMap(({ seats }) => seats.map((seat) => [seat.seat, seat] as const)));
  const steps = Array.from({ length: total }, (_, i) => seatStep(i + 1, known.get(i + 1), tasks));
  return [
    ...grouped(steps, "done"),
    ...steps.filter(({ is }) => is === "failed" || is === "doing").map(named),
    ...grouped(steps, "todo"),
  ];
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

function grouped(steps: readonly SeatStep[], is: StepView["is"]): StepView[] {
  const own = steps.filter((step) => step.is === is);
  const [first, ...rest] = own;
  if (!first) return [];
  const started = own.flatMap(({ startedAt }) => startedAt ?? []).sort()[0];
  const ended = own
    .flatMap(({ endedAt }) => endedAt ?? [])
    .sort()
    .at(-1);
  const summary = rest.length === 0 ? named(first).summary : `Make seats ${listed(own.map(({ seat }) => seat))}`;
  return [
    {
      key: `seats-${is}`,
      summary,
      is,
      ...(started && { startedAt: started }),
      ...(is === "done" && ended && { endedAt: ended }),
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
