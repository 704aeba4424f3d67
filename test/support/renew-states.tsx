import type { ConnectionsView } from "../../views/connections.ts";
import { renderPage } from "../../views/layout.tsx";
import { QuestionPage } from "../../views/pages/question.tsx";
import { SeatPage } from "../../views/pages/seat.tsx";
import { WorkshopPage } from "../../views/pages/workshop.tsx";
import { RenewQuestion } from "../../views/parts/renew-question.tsx";
import type { SeatChangeView, SeatView, ShownWorkshop, StepView } from "../../views/workshop.ts";
import { at, READY_SEAT, seats, workshopView } from "./views.tsx";

const step = (is: StepView["is"], summary: string, more: Partial<StepView> = {}): StepView => ({
  ...{ key: summary, is, summary },
  ...(is !== "todo" && { startedAt: at(-0.2) }),
  ...(is !== "todo" && is !== "doing" && { endedAt: at(-0.1) }),
  ...more,
});
const change = (id: string, is: SeatChangeView["is"], summary: string, more: Partial<SeatChangeView> = {}): SeatChangeView => ({
  ...{ id, kind: "restore", is, summary, seats: [4], startedAt: at(-0.5), steps: [] },
  ...(["done", "failed", "undone"].includes(is) && { endedAt: at(-3) }),
  ...more,
});

const LOG = {
  lines: ["> notes@1.0.0 postinstall", "npm ERR! network request to https://registry.npmjs.org/sqlite3 failed: ENOTFOUND"],
  href: "/workshops/ws-k4m9p2/machines/1/tasks/17/19/log",
};
const RESTORING = [
  step("done", "Put the container aside"),
  step("done", "Make the home directory anew"),
  step("doing", "Start the container"),
  step("todo", "Set up notes"),
  step("todo", "Check how notes is"),
];
const OVER = [
  change("1-15", "failed", "Refresh seats 01 to 10", {
    ...{ kind: "refresh", seats: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], error: "Set up notes: it failed" },
    steps: [
      step("done", "Install notes"),
      step("done", "Seats 01 to 06 and 08 to 10"),
      step("failed", "Seat 07", { note: "Set up notes", log: LOG }),
    ],
  }),
  change("1-12", "undone", "Restore seat 02", { steps: [step("undone", "Start the container")] }),
  change("1-11", "done", "Stop seat 09", { kind: "stop", steps: [step("done", "End its processes")] }),
];

/** The fourth seat is so; the ninth, which is free, was stopped. */
const withSeats = (fourth: Partial<SeatView>): SeatView[] =>
  seats("connected connected connected disconnected connected connected assigned free free free").map((seat) => {
    if (seat.seat === 4) return { ...seat, operations: [], ...fourth };
    return seat.seat === 9 ? { ...seat, status: "stopped", operations: ["start", "refresh", "restore"] } : seat;
  });

const page = (more: Partial<ShownWorkshop>, said?: Parameters<typeof WorkshopPage>[0]["said"]) =>
  renderPage(<WorkshopPage workshop={workshopView({ isolation: "container", ...more })} said={said} />);

const [, , , READY = {} as SeatView] = seats("connected connected connected disconnected");
const NO_CONNECTIONS: ConnectionsView = { established: [], undesired: [], plugs: [], slots: [], warnings: [] };
const seatPage = (seat: SeatView, connections: ConnectionsView | { why: string }, changes: SeatChangeView[] = []) =>
  renderPage(<SeatPage workshop={workshopView({ changes })} seat={seat} connections={connections} />);

const question = (action: "refresh" | "restore" | "stop", seat: number | "all", more: Partial<ShownWorkshop> = {}) =>
  renderPage(
    <QuestionPage workshop={workshopView()}>
      <RenewQuestion workshop={workshopView(more)} action={action} seat={seat} fromSeat={false} as="panel" />
    </QuestionPage>,
  );

/** Seats that are mended in mid-class, by name. */
export const RENEW_STATES: Record<string, () => string> = {
  "renew-restoring": () =>
    page({
      seats: withSeats({ status: "pending", build: "working" }),
      changes: [change("1-17", "doing", "Restore seat 04", { steps: RESTORING }), ...OVER],
    }),
  "renew-waiting": () =>
    page({
      seats: withSeats({ status: "waiting", operations: ["continue", "abort", "exec"], older: true }),
      changes: [
        change("1-17", "waiting", "Restore seat 04", {
          steps: [...RESTORING.slice(0, 2), step("waiting", "Set up notes", { log: LOG }), step("todo", "Check how notes is")],
        }),
      ],
    }),
  "renew-broken": () =>
    page(
      { seats: withSeats({ status: "error", build: "failed", operations: ["refresh", "restore", "stop"] }), changes: OVER },
      { kind: "bad", bold: "Seat 04 is busy: “Restore seat 4” (change 17) isn’t over.", rest: "Wait for it, or give it up." },
    ),
  "renew-all-busy": () =>
    page({
      seats: seats("connected connected connected").map((seat) => ({ ...seat, status: "pending", operations: [] })),
      changes: [
        change("1-20", "undoing", "Refresh seats 01 to 03", {
          ...{ kind: "refresh", seats: [1, 2, 3] },
          steps: [step("done", "Install notes"), step("undone", "Seat 02"), step("doing", "Seat 01"), step("todo", "Seat 03")],
        }),
      ],
    }),
  "renew-provisioning": () =>
    page({
      ...{ state: "provisioning", steps: [step("waiting", "Install notes", { log: LOG })] },
      seats: seats("waiting waiting"),
      changes: [
        change("1-2", "waiting", "Make seats 01 and 02", {
          kind: "launch",
          seats: [1, 2],
          steps: [step("waiting", "Install notes", { log: LOG })],
        }),
      ],
    }),
  seat: () =>
    seatPage(
      { ...READY },
      {
        established: [
          { plug: "notes:cache", slot: ":mount", interface: "mount", auto: true },
          { plug: "notes:server", slot: ":tunnel", interface: "tunnel", auto: false },
        ],
        undesired: [{ plug: "notes:templates-of-the-whole-school", slot: ":mount" }],
        plugs: [
          { name: "notes:cache", interface: "mount" },
          { name: "notes:gpu", interface: "gpu" },
          { name: "system:web", interface: "tunnel" },
        ],
        slots: [
          { name: ":mount", interface: "mount" },
          { name: "notes-of-the-whole-school:every-template-there-is", interface: "mount" },
          { name: "system:gpu", interface: "gpu" },
          { name: "notes:web", interface: "tunnel" },
        ],
        warnings: ["notes:gpu has no slot: this machine has no graphics card."],
      },
    ),
  "seat-restoring": () =>
    seatPage({ ...READY, status: "pending", operations: [], note: "Start the container of seat 04" }, NO_CONNECTIONS, [
      change("1-17", "doing", "Restore seat 04", { steps: RESTORING }),
      ...OVER,
    ]),
  "seat-stopped": () => seatPage({ ...READY, status: "stopped", operations: ["start", "refresh", "restore"] }, NO_CONNECTIONS),
  "seat-plain": () =>
    seatPage({ ...READY, operations: ["stop"] }, { why: "Seats of this machine are plain processes: they have no connections." }),
  "refresh-question": () => question("refresh", 2),
  "restore-question": () => question("restore", 4),
  "stop-seat-question": () => question("stop", 9),
  "restore-all-question": () =>
    question("restore", "all", { seats: withSeats({ ...READY_SEAT, status: "pending", operations: [] }) }),
};
