import { renderPage } from "../../views/layout.tsx";
import { BoardPage } from "../../views/pages/board.tsx";
import { Portal } from "../../views/pages/portal.tsx";
import { QuestionPage } from "../../views/pages/question.tsx";
import { Waiting } from "../../views/pages/waiting.tsx";
import { WorkshopPage } from "../../views/pages/workshop.tsx";
import { StopQuestion } from "../../views/parts/questions.tsx";
import type { LearnerView, MachineView, Receipt, SeatView, ShownWorkshop, StepView } from "../../views/workshop.ts";
import { at, llmSeat, llmView, machinesOf, NOW, seats, workshopView } from "./views.tsx";

const times = <T,>(count: number, make: (number: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i + 1));
const FIRST = ["Mira", "Jonas", "Priya", "Tomás", "Wei", "Aleksandra", "Noor", "Ilse", "Kofi", "Yuki", "Sven", "Lucía"];
const LAST = ["Okafor", "Lindqvist", "Rao", "Herrera", "Chen", "Wiśniewska-Brandt", "Haddad"];
const nameOf = (seat: number) => `${FIRST[seat % FIRST.length]} ${LAST[seat % LAST.length]}`;

const learner = (seat: number): LearnerView => ({
  ...{ seat, name: nameOf(seat), since: at(-30 + (seat % 9)), odehash: `7k${String(seat).padStart(3, "f")}` },
  ...(seat % 11 === 4 ? { session: "disconnected", viewers: 0 } : { session: "connected", viewers: 1 }),
});
const seatsOf = (count: number, taken: number): SeatView[] => {
  const word = (seat: number) => (seat > taken ? "free" : seat % 11 === 4 ? "disconnected" : "connected");
  return seats(times(count, word).join(" "));
};
const used = (seat: number) => ({ requests: seat, inputTokens: 9000 * seat, outputTokens: 1000 * seat, usd: 0.07 * seat });
const llm = (count: number) =>
  llmView(count, {
    ...{ workshopUsd: 60, requests: 900, inputTokens: 4e6, outputTokens: 4e5, usd: 31.2 },
    seats: times(count, (seat) => llmSeat(seat, used(seat))),
  });

/** A class of so many seats, of which some are taken. */
const many = (count: number, taken: number, more: Partial<ShownWorkshop> = {}) =>
  workshopView({
    ...{ seats: seatsOf(count, taken), learners: times(taken, learner), machines: machinesOf(count), llm: llm(count) },
    ...{ name: "First steps with the Claude CLI, all three classes", isolation: "container" },
    ...more,
  });
const page = (...of: Parameters<typeof many>) => renderPage(<WorkshopPage workshop={many(...of)} />);

const LATE_NOTE =
  "Google Cloud could not make the machine clarateach-ws-k4m9p2-3 in europe-west4-a: Quota 'CPUS' exceeded.  Limit: 16.0 in region europe-west4. (HTTP 403, QUOTA_EXCEEDED)";

/** Machine 2 lost its line, machine 3 never came. */
function lateMachines(): MachineView[] {
  const all = machinesOf(30);
  return all.map((machine, i) => {
    if (i === 1) return { ...machine, answers: false };
    return i === 2 ? { ...machine, answers: false, status: "none", note: LATE_NOTE } : machine;
  });
}
const late = (all: SeatView[]) =>
  all.map((seat): SeatView => (seat.seat > 20 ? { ...seat, build: "waiting", wiping: true, late: true } : seat));

const step = (is: StepView["is"], summary: string, note?: string): StepView => ({
  ...{ key: `${/seat/.test(summary) ? "seat" : "task"}-${summary}`, is, summary },
  ...(is !== "todo" && { startedAt: at(-1) }),
  ...(is === "done" && { endedAt: at(-0.5) }),
  ...(note && { note }),
});
const STARTING = [
  step("done", "Unseal the API key"),
  step("doing", "Start 10 machines", "8 of 10 answer; 2 boot in europe-west4-a and europe-west4-b"),
  step("doing", "Point 10 names at their machines", "8 of 10"),
  step(
    "doing",
    "Get 10 certificates",
    "7 of 10; machine 4: The authority acme-v02.api.letsencrypt.org has not looked at _acme-challenge.ws-k4m9p2-4 yet.",
  ),
  step("done", "Make the machine ready for seats"),
  step("doing", "Fetch claude-code", "machines 6, 7: 34 % of 98 MB"),
  step("todo", "Install claude-code"),
  step("done", "Make seats 01 to 38 and 41"),
  step("doing", "Make seats 39 and 40"),
  step("doing", "Make seats 42 to 50"),
  step("todo", "Make seats 51 to 99"),
];
const STOPPING = [
  step("done", "Tell everyone that the workshop ended"),
  step("doing", "Pack everyone’s work into one archive", "2 of 3; machine 2: Seat 14 Mira Okafor: its disk gives errors"),
  step("doing", "Remove the seats", "17 of 30 removed"),
  step("todo", "Take 3 names away"),
  step("todo", "Stop 3 machines"),
  step("todo", "Destroy the sealed API key"),
  step("todo", "Look again that nothing is left"),
];
const building = (count: number, done: number) =>
  seats(times(count, (seat) => (seat <= done ? "ready" : seat <= done + 6 ? "working" : "waiting")).join(" "));

const RECEIPT: Receipt = {
  ...{ removedAt: at(93), checkedAt: at(93.02), learners: 94, seconds: 110 * 60 },
  removed: { processes: 812, directories: 109, bytes: 1_840_000_000, sockets: 240, machines: 10, secrets: 1 },
  items: [
    { kind: "processes", count: 812 },
    { kind: "directories", count: 109, bytes: 1_840_000_000 },
    { kind: "sockets", count: 240 },
    ...machinesOf(99).map(({ name }) => ({ kind: "machine" as const, count: 1, name })),
    ...machinesOf(99).map(({ name }) => ({
      kind: "name" as const,
      count: 1,
      name: `${name.replace("clarateach-", "")}.ws.example.org`,
    })),
    { kind: "secret", count: 1, name: "ws-k4m9p2-llm-key" },
  ],
};
const ARCHIVE = { bytes: 1_384_000_000, folders: 94, madeAt: at(93), keptUntil: at(7 * 24 * 60 + 93) };

/** Pages of classes on several machines. */
export const MANY_STATES: Record<string, () => string> = {
  "many-list": () =>
    renderPage(
      <Portal
        workshops={[
          many(99, 94),
          many(30, 27, { id: "ws-000002" }),
          many(30, 0, { id: "ws-000003", state: "provisioning", seats: building(30, 12) }),
        ]}
        joinAddress="class.example.org/join"
        now={NOW}
      />,
    ),
  "many-starting": () =>
    page(99, 0, {
      ...{ state: "provisioning", seats: building(99, 38), steps: STARTING },
      progress: { ready: 38, total: 99, fraction: 0.42 },
    }),
  "many-running": () => page(30, 27),
  "many-running-99": () => page(99, 94),
  "many-nobody": () => page(30, 0),
  "many-late": () => page(30, 19, { machines: lateMachines(), seats: late(seatsOf(30, 19)) }),
  "many-wall": () => renderPage(<BoardPage workshop={many(30, 27)} />),
  "many-stop": () =>
    renderPage(
      <QuestionPage workshop={many(99, 94)}>
        <StopQuestion workshop={many(99, 94)} keep={{ size: 1_384_000_000, until: at(7 * 24 * 60), days: 7 }} as="panel" />
      </QuestionPage>,
    ),
  "many-stopping": () => page(30, 27, { state: "stopping", steps: STOPPING }),
  "many-stopped": () => page(99, 94, { state: "stopped", receipt: RECEIPT, archive: ARCHIVE }),
  "many-waiting": () =>
    renderPage(
      <Waiting
        {...{ now: NOW, workshop: "First steps with the Claude CLI", code: "CLARA-7K3M", name: "Mira Okafor", odehash: "" }}
        door="soon"
        full={false}
        seats={building(99, 38).map(({ seat, build }) => ({ seat, is: build }))}
      />,
    ),
};
