import type { MachineReport } from "../../../agent/contract/machine.ts";

const AT = "2026-03-02T09:30:00.123Z";
const COUNTS = { requests: 3, inputTokens: 1200, outputTokens: 90, cacheWriteTokens: 0, cacheReadTokens: 4000 };

/** As the first release's agents sent it. */
export const FIRST_REPORT = {
  ...{ version: 1, revision: 4, agent: "0.1.0", runtime: "process", startedAt: AT },
  seats: [
    { seat: 1, generation: 1, status: "ready", progress: 1, viewers: 0 },
    { seat: 2, generation: 2, status: "error", progress: 0.375, note: "Start the seat: tmux doesn't start", viewers: 0 },
  ],
  changes: [],
  preview: { available: false, reason: "No browser was found.", fix: "Install Chromium." },
  leftovers: { processes: 3, directories: 2, sockets: 0, bytes: 40_960 },
};

/** With everything that the contract has. */
export const REPORT: MachineReport = {
  ...{ version: 1, revision: 7, agent: "0.9.0", runtime: "docker", startedAt: AT },
  seats: [
    {
      ...{ seat: 1, generation: 1, status: "ready", progress: 1, note: "Start the seat", viewers: 2 },
      ...{ connectedAt: AT, disconnectedAt: "2026-03-02T09:40:00Z" },
      usage: { memoryBytes: 1e9, memoryLimitBytes: 2e9, processes: 40 },
    },
    { seat: 10, generation: 3, status: "waiting", progress: 0.5, viewers: 0 },
  ],
  csr: "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
  shown: Array.from({ length: 32 }, () => "AB").join(":"),
  changes: [
    {
      ...{ id: "7", kind: "make", summary: "Make 10 seats", status: "error", error: "Install node: it failed", startedAt: AT },
      tasks: [
        {
          ...{ id: "31", kind: "sdk", summary: "Install node", status: "error", log: ["npm ERR!", "\u001b[31mé"] },
          ...{ wholeLog: true, startedAt: AT, endedAt: AT, progress: { label: "bytes", done: 10.5, total: 20 } },
        },
        { id: "32", kind: "seat", summary: "Make seat 10", status: "hold", seat: 10, log: [] },
      ],
    },
  ],
  preview: { available: true },
  image: { name: "clarateach/base:1", madeAt: "2026-03-01T00:00:00.123456789+01:00" },
  leftovers: { processes: 0, directories: 0, sockets: 0, bytes: 0 },
  removed: { processes: 40, directories: 10, sockets: 3, bytes: 1e9 },
  llm: {
    ...{ state: "limited", since: AT, message: "The upstream asks to wait." },
    seats: [
      {
        ...{ seat: 1, paused: false, limitUsd: 5, ...COUNTS, usd: 0.25 },
        models: [{ model: "claude-haiku-4-5", usd: null, ...COUNTS }],
      },
    ],
  },
};
