import type { MachineReport, SeatReport } from "../../agent/contract/machine.ts";
import { seatsOfMachine } from "../../agent/contract/seats.ts";
import type { LearnerView, MachineView, SeatView, WorkshopView } from "../../views/workshop.ts";
import type { LearnerTable, SeatTable } from "../db/schema.ts";
import { seatChanges } from "./changes.ts";
import { showChecks } from "./checks/show.ts";
import { chooseUntil } from "./choice.ts";
import { showLlm } from "./llm/show.ts";
import { isoOf } from "./moments.ts";
import type { Seen, Whole, Workshop } from "./record.ts";
import { type MachineRow, machinesEndOf, machinesOf } from "./resources/machine-row.ts";
import { stepsOf } from "./steps.ts";
import { plannedEnd } from "./times.ts";
import { latestClassEnd } from "./workshop.ts";

/** Rows and reports as people see them. Pure. @param leadMs so long before its time a class is started */
export function show(whole: Whole, seen: Seen, leadMs: number): WorkshopView {
  const { workshop } = whole;
  const machines = machinesOf(whole.rows);
  const reported = machines.flatMap(({ idx, detail }) => {
    const report = seen(idx).report ?? detail.report;
    return report ? [{ workshop: workshop.id, machine: idx, report }] : [];
  });
  const reports = reported.map(({ report }) => report);
  const first = workshop.state === "running" ? machines.find(({ idx }) => idx === 1)?.detail : undefined;
  const seatReports = new Map(reports.flatMap(({ seats }) => seats.map((seat) => [seat.seat, seat] as const)));
  const seats = whole.seats.map((seat) => showSeat(whole, seat, seatReports.get(seat.seat)));
  return {
    id: workshop.id,
    name: workshop.name,
    code: workshop.code,
    state: workshop.state,
    hours: workshop.hours,
    createdAt: workshop.created_at,
    keepWork: workshop.work !== "none" && workshop.work !== "skipped",
    machines: machines.map((row) => showMachine(row, seen(row.idx).answers, workshop)),
    seats,
    learners: whole.learners.map((learner) => showLearner(learner, seatReports.get(learner.seat), whole)),
    progress: progressOf(whole, seats),
    steps: stepsOf(whole, reported),
    changes: seatChanges(reported),
    llm: showLlm(whole, seen),
    ...optional("checks", showChecks(whole.checks)),
    ...optional("failure", workshop.failure),
    ...optional("startedAt", workshop.started_at),
    ...timesOf(workshop, leadMs),
    ...optional("machinesEnd", isoOf(machinesEndOf(machines))),
    ...optional("stoppedAt", workshop.stopped_at),
    ...optional("archiveProblem", workshop.work_problem),
    ...optional("chooseUntil", isoOf(choiceEndOf(whole))),
    ...(workshop.work === "skipped" && { unpacked: true as const }),
    ...optional("endpoint", first?.endpoint),
    ...optional("url", first?.url),
    ...optional("isolation", isolationOf(reports)),
    ...optional("image", reports[0]?.image),
    ...optional("environment", workshop.environment),
    ...optional("starter", workshop.starter),
    ...optional("archive", workshop.archive),
    ...optional("receipt", workshop.receipt),
  };
}

/** Before a start the times that are planned, from then on those that are. */
function timesOf(
  workshop: Workshop,
  leadMs: number,
): Pick<WorkshopView, "startsAt" | "machinesFrom" | "plannedEnd" | "endsAt" | "latestEnd"> {
  const { starts_at, ends_at } = workshop;
  const end = ends_at === null ? plannedEnd(workshop) : Date.parse(ends_at);
  return {
    ...optional("startsAt", starts_at),
    ...optional("machinesFrom", starts_at && isoOf(Date.parse(starts_at) - leadMs)),
    ...optional("plannedEnd", workshop.planned_end),
    ...optional("endsAt", isoOf(end)),
    ...optional("latestEnd", isoOf(latestClassEnd(workshop))),
  };
}

function choiceEndOf({ workshop: { work_problem, stop_at }, rows }: Whole): number | undefined {
  return work_problem === null || stop_at === null ? undefined : chooseUntil(Date.parse(stop_at), rows);
}

function showMachine(
  { idx, name, observed, detail, wanted }: MachineRow,
  answers: boolean,
  { seats, ready_at }: Pick<Workshop, "seats" | "ready_at">,
): MachineView {
  const isLost = detail.lostAt !== undefined && ready_at !== null && detail.lostAt > Date.parse(ready_at);
  const shown: Record<string, MachineView["status"]> = {
    unknown: detail.seen ? "running" : "starting",
    absent: wanted === "absent" ? "gone" : "none",
  };
  const note = detail.problem ?? detail.trouble?.message;
  return {
    name,
    status: shown[observed] ?? (observed as MachineView["status"]),
    seats: seatsOfMachine(idx, seats),
    answers,
    ...(detail.place && { place: detail.place }),
    ...(detail.endpoint && { endpoint: detail.endpoint }),
    ...(note && { note }),
    ...(isLost && optional("lostAt", isoOf(detail.lostAt))),
  };
}

function showSeat({ learners, workshop }: Whole, row: SeatTable, report: SeatReport | undefined): SeatView {
  const own = report?.generation === row.generation ? report : undefined;
  const sitting = learners.find(({ seat, closed_at }) => seat === row.seat && closed_at === null);
  const build = buildOf(own, row);
  return {
    seat: row.seat,
    session: sitting ? sessionOf(sitting, own).session : "free",
    build,
    fraction: build === "ready" ? 1 : (own?.progress ?? 0),
    wiping: workshop.state === "running" && row.ready === 0,
    ...(workshop.state === "running" && row.ready === 0 && row.generation === 1 && { late: true }),
    ...(own?.older && { older: true as const }),
    ...(build === "failed" && own?.note && { problem: own.note }),
    ...(own && { status: own.status }),
    ...(own?.note && { note: own.note }),
    operations: own?.operations ?? [],
  };
}

function buildOf(report: SeatReport | undefined, { ready }: SeatTable): SeatView["build"] {
  const status = report?.status ?? (ready ? "ready" : "pending");
  if (status === "ready") return "ready";
  if (status === "error") return "failed";
  return (report?.progress ?? 0) > 0 ? "working" : "waiting";
}

function showLearner(row: LearnerTable, report: SeatReport | undefined, { workshop }: Whole): LearnerView {
  const own = report?.generation === row.generation ? report : undefined;
  const { session, since } = sessionOf(row, own);
  return {
    seat: row.seat,
    name: row.name,
    odehash: row.odehash,
    session,
    since,
    viewers: workshop.state === "running" && session === "connected" ? (own?.viewers ?? 0) : 0,
    ...optional("address", row.address),
    ...(row.why && { why: row.why }),
  };
}

/** A session's state is derived from sockets, never stored. */
function sessionOf(row: LearnerTable, report: SeatReport | undefined): Pick<LearnerView, "session" | "since"> {
  if (row.closed_at) return { session: "expired", since: row.closed_at };
  if (!report?.connectedAt) return { session: "assigned", since: row.joined_at };
  if (report.viewers > 0) return { session: "connected", since: report.connectedAt };
  return rejoined(row, report) ?? { session: "disconnected", since: report.disconnectedAt ?? report.connectedAt };
}

/** Came back by code and hasn't opened a socket since. */
function rejoined(row: LearnerTable, { disconnectedAt }: SeatReport): Pick<LearnerView, "session" | "since"> | undefined {
  return disconnectedAt !== undefined && row.entered_at > disconnectedAt
    ? { session: "assigned", since: row.entered_at }
    : undefined;
}

function progressOf({ workshop }: Whole, seats: readonly SeatView[]): WorkshopView["progress"] {
  const total = seats.length;
  if (workshop.state === "running") return { ready: seats.filter(({ build }) => build === "ready").length, total, fraction: 1 };
  const ready = seats.filter(({ build }) => build === "ready").length;
  return { ready, total, fraction: seats.reduce((sum, { fraction }) => sum + fraction, 0) / Math.max(1, total) };
}

function isolationOf(reports: readonly MachineReport[]): WorkshopView["isolation"] {
  const runtime = reports[0]?.runtime;
  return runtime && (runtime === "process" ? "none" : "container");
}

function optional<K extends string, T>(key: K, value: T | null | undefined): { [key in K]?: T } {
  return value === null || value === undefined ? {} : ({ [key]: value } as { [key in K]?: T });
}
