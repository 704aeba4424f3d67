import type { LlmSeatView, LlmView } from "../../views/llm.ts";
import type { LearnerView, MachineView, SeatView, ShownWorkshop } from "../../views/workshop.ts";

/** Fixed moments, so that a page is the same every time: a Sunday afternoon. */
export const NOW = "2026-11-22T14:48:20.000Z";
export const at = (minutes: number): string => new Date(Date.parse(NOW) + minutes * 60_000).toISOString();

export function workshopView(more: Partial<ShownWorkshop> = {}): ShownWorkshop {
  return {
    id: "ws-k4m9p2",
    name: "First steps with the Claude CLI",
    code: "CLARA-7K3M",
    state: "running",
    now: NOW,
    seats: seats("connected connected connected disconnected connected connected assigned free free free"),
    learners: LEARNERS,
    joinAddress: "class.example.org/join",
    joinLink: "https://class.example.org/join?code=CLARA-7K3M",
    checkLink: "https://class.example.org/check/CLARA-7K3M",
    createdAt: at(-60 * 25),
    startedAt: at(-17),
    endsAt: at(102),
    starter: { name: "starter.zip", bytes: 2_100_000, files: 260, digest: "d".repeat(64) },
    environment: {
      ...{ name: "notes-with-claude", base: "debian@12" },
      sdks: [
        { name: "system", source: "system", summary: "What every seat has: a learner, a shell in tmux, git, an editor." },
        { name: "node", source: "catalogue", summary: "Node.js and npm, newer than Debian's." },
        { name: "claude-code", source: "catalogue", summary: "The Claude CLI." },
        { name: "notes", source: "project", summary: "A small server for notes, with templates." },
      ],
      connections: [{ plug: "system:web", slot: "notes:web" }],
      actions: ["test", "serve"],
    },
    hours: 2,
    isolation: "none",
    machines: machinesOf(10),
    progress: { ready: 10, total: 10, fraction: 1 },
    steps: [],
    changes: [],
    keepWork: true,
    llm: llmView(10),
    ...more,
  };
}

/** As many as so many seats need, all of them well. */
export const machinesOf = (seats: number): MachineView[] =>
  Array.from({ length: Math.ceil(seats / 10) }, (_, i) => ({
    name: i === 0 ? "clarateach-ws-k4m9p2" : `clarateach-ws-k4m9p2-${i + 1}`,
    ...{ status: "running", answers: true },
    seats: Array.from({ length: Math.min(10, seats - 10 * i) }, (_, k) => 10 * i + k + 1),
  }));

/** A class of so many seats, of which none asked Claude anything yet. */
export function llmView(seats: number, more: Partial<LlmView> = {}): LlmView {
  return {
    ...{ state: "ok", models: null, seatUsd: 5, workshopUsd: null, usedUp: false, paused: false, permissions: "edits" },
    ...NOTHING_USED,
    seats: Array.from({ length: seats }, (_, i) => llmSeat(i + 1)),
    ...more,
  };
}

export const llmSeat = (seat: number, more: Partial<LlmSeatView> = {}): LlmSeatView => ({
  ...{ seat, paused: false, limitUsd: 5, usedUp: false },
  ...NOTHING_USED,
  ...more,
});

const NOTHING_USED = { requests: 0, inputTokens: 0, outputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0, usd: 0 };

/** "connected free …" or, of how they are made, "ready working waiting". */
export function seats(words: string): SeatView[] {
  return words.split(" ").map((word, i) => {
    const building = ["ready", "working", "waiting", "failed"].includes(word);
    return {
      seat: i + 1,
      session: building ? "free" : (word as SeatView["session"]),
      build: building ? (word as SeatView["build"]) : "ready",
      fraction: { waiting: 0, working: 0.5, failed: 0.5 }[word] ?? 1,
      wiping: false,
      ...(building && word !== "ready" ? { operations: [] } : READY_SEAT),
    };
  });
}

/** As an agent reports one in a container. */
export const READY_SEAT = {
  status: "ready" as const,
  operations: ["refresh", "restore", "stop", "remove", "exec", "connect", "disconnect", "remount"],
};

const learner = (seat: number, name: string, session: LearnerView["session"], minutes: number, viewers = 1) => ({
  seat,
  name,
  session,
  since: at(minutes),
  viewers,
  odehash: `7k3f${seat}`,
});

export const LEARNERS = [
  learner(1, "Mira Okafor", "connected", -15),
  learner(2, "Jonas Lindqvist", "connected", -15, 2),
  learner(3, "Priya", "connected", -14),
  learner(4, "Tomás Herrera", "disconnected", -2, 0),
  learner(5, "Wei Chen", "connected", -14),
  learner(6, "Aleksandra Wiśniewska-Brandt", "connected", -12),
  learner(7, "", "assigned", 0, 0),
  learner(8, "Noor", "expired", -8, 0),
];
