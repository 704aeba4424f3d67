import { bytes, count } from "../../../views/parts/amounts.ts";
import type { TaskLine } from "../../../views/parts/tasks.tsx";
import type { Learner, Progress, ReceiptView, SeatMark, WorkshopView as Shown, WorkshopLine } from "../../../views/workshop.ts";
import type { Receipt, SeatView, StepView, WorkshopView } from "../../workshops/view.ts";

/** A guess made of less than this part of the work is no guess. */
const GUESS_FROM = 0.15;

/** The gateway's view of a workshop as the props of its page. `url`: the public address. */
export function present(view: WorkshopView, url: string, now: string): Shown {
  const { starter, endsAt, startedAt, isolation, archiveProblem, failure, receipt, archive, guessing } = view;
  return {
    id: view.id,
    name: view.name,
    code: view.code,
    state: view.state,
    now,
    seats: view.seats.map(seatMark),
    learners: learnersOf(view),
    joinAddress: joinAddress(url),
    joinLink: `${url}/join?code=${encodeURIComponent(view.code)}`,
    createdAt: view.createdAt,
    hours: view.hours,
    ...(startedAt ? { startedAt } : {}),
    ...(endsAt ? { endsAt } : {}),
    ...(starter ? { starter: starterOf(starter) } : {}),
    ...(isolation ? { isolation } : {}),
    ...machineOf(view),
    ...(view.steps.length > 0 ? { progress: progressOf(view, now) } : {}),
    ...(failure ? { failure } : {}),
    ...(archiveProblem ? { archiveProblem } : {}),
    ...(guessing ? { guessing } : {}),
    ...(receipt ? { receipt: receiptOf(receipt, view.seatCount) } : {}),
    ...(archive ? { archive: archiveOf(archive) } : {}),
    keptWork: view.keepWork,
  };
}

/** The same as a line of the list. */
export function presentLine(view: WorkshopView, url: string, now: string): WorkshopLine {
  return { ...present(view, url, now), ...(view.stoppedAt ? { stoppedAt: view.stoppedAt } : {}) };
}

/** `class.example.org/join`: what is read out, without the scheme. */
export const joinAddress = (url: string): string => `${url.replace(/^https?:\/\//, "")}/join`;

function seatMark(seat: SeatView): SeatMark {
  return {
    seat: seat.seat,
    session: seat.learner === "none" ? "free" : seat.learner,
    build: buildOf(seat),
    ...(seat.wiping ? { wiping: true } : {}),
  };
}

function buildOf({ making, fraction }: SeatView): SeatMark["build"] {
  if (making === "ready") return "ready";
  if (making === "error") return "failed";
  return fraction > 0 ? "working" : "waiting";
}

function learnersOf(view: WorkshopView): Learner[] {
  return view.learners.map((learner) => ({
    seat: learner.seat,
    name: learner.name,
    session: learner.state,
    since: learner.since,
    viewers: learner.viewers,
    ...(learner.odehash ? { odehash: learner.odehash } : {}),
    ...(learner.address ? { address: learner.address } : {}),
  }));
}

const starterOf = (starter: { name: string; bytes: number; files?: number }) => ({
  name: starter.name,
  size: starter.bytes,
  ...(starter.files === undefined ? {} : { files: starter.files }),
});

const archiveOf = (archive: { bytes: number; folders: number; keptUntil: string }) => ({
  size: archive.bytes,
  learners: archive.folders,
  until: archive.keptUntil,
});

/** Of several machines the one that is worst off: the instructor has to know of it. */
function machineOf({ machines, state }: WorkshopView): Pick<Shown, "machine"> {
  const worst = machines.find(({ answers }) => !answers) ?? machines[0];
  if (!worst || state !== "running") return {};
  return { machine: { answers: worst.answers, ...(worst.detail && !worst.answers ? { note: worst.detail } : {}) } };
}

function progressOf(view: WorkshopView, now: string): Progress {
  const { steps, progress } = view;
  const from = steps.find(({ startedAt }) => startedAt)?.startedAt ?? "";
  const over = view.state === "failed" || view.state === "stopped";
  const to = steps
    .map(({ endedAt }) => endedAt ?? "")
    .sort()
    .at(-1);
  return {
    tasks: steps.map(taskLine),
    done: progress.fraction,
    from,
    ...(over && to ? { to } : {}),
    ...(view.state === "provisioning" ? guess(progress.fraction, from, now) : {}),
  };
}

/** The rest takes as long as what is done took. */
function guess(fraction: number, from: string, now: string): { secondsLeft?: number } {
  const elapsed = (Date.parse(now) - Date.parse(from)) / 1000;
  if (fraction < GUESS_FROM || !(elapsed > 0)) return {};
  return { secondsLeft: Math.max(1, Math.round((elapsed / fraction) * (1 - fraction))) };
}

function taskLine(step: StepView): TaskLine {
  const took = step.startedAt && step.endedAt ? Date.parse(step.endedAt) - Date.parse(step.startedAt) : undefined;
  return {
    is: step.is,
    text: step.summary,
    ...(step.note ? { more: step.note } : {}),
    ...(took === undefined ? {} : { took }),
    ...(step.startedAt ? { startedAt: step.startedAt } : {}),
  };
}

function receiptOf(receipt: Receipt, seats: number): ReceiptView {
  return {
    removedAt: receipt.removedAt,
    checkedAt: receipt.checkedAt,
    complete: true,
    learners: receipt.learners,
    ran: receipt.seconds * 1000,
    lines: receipt.items
      .filter((item) => item.count > 0)
      .map((item) => ({
        count: item.count,
        text: lineText(item, seats),
        gone: true,
        ...(item.name && item.kind === "machine" ? { name: item.name } : {}),
      })),
  };
}

function lineText(item: Receipt["items"][number], seats: number): string {
  const plural = item.count === 1 ? "" : "s";
  switch (item.kind) {
    case "processes":
      return `${item.count === 1 ? "process" : "processes"} of ${count(seats, "seat")}`;
    case "directories":
      return `seat ${item.count === 1 ? "directory" : "directories"}${item.bytes ? `, ${bytes(item.bytes)}` : ""}`;
    case "sockets":
      return `socket${plural}`;
    case "machine":
      return `machine${plural}`;
    case "secret":
      return `sealed API key${plural}`;
  }
}
