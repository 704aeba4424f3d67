import type { StepView } from "../../views/workshop.ts";
import { NOW } from "./views.tsx";

const task = (is: StepView["is"], summary: string, took?: number, note?: string): StepView => {
  const from = Date.parse(NOW) - (took ?? 0);
  return {
    ...{ key: `${/^Make seat/.test(summary) ? "seat" : "task"}-${summary}`, is, summary },
    ...(took !== undefined && { startedAt: new Date(from).toISOString() }),
    ...(took !== undefined && is !== "doing" && { endedAt: NOW }),
    ...(note && { note }),
  };
};

export const BUILDING = [
  task("done", "Seal the API key", 100),
  task("done", "Start the machine", 1400),
  task("done", "Unpack the starter files once", 2200),
  task("done", "Make seats 01 to 06", 11_800),
  task("doing", "Make seat 07", 3000, "Unpacking starter files, 214 of 260"),
  task("doing", "Make seat 08", 1000, "Starting the shell"),
  task("todo", "Make seats 09 and 10"),
  task("todo", "Check that every seat answers"),
];
export const INSTALLING = [
  task("done", "Start the machine", 1400),
  task("done", "Send the definition’s own SDKs", 200),
  task("done", "Make the machine ready for seats", 3100),
  task("done", "Fetch system", 100),
  task("doing", "Fetch claude-code", 12_000, "34 % of 98 MB"),
  task("todo", "Fetch project-notes"),
  task("todo", "Install system"),
  task("todo", "Install claude-code"),
  task("todo", "Install project-notes"),
  task("todo", "Make seats 01 to 10"),
];
export const HOOK_FAILED = [
  task("done", "Start the machine", 1400),
  task("done", "Fetch project-notes", 300),
  {
    ...task("failed", "Install project-notes", 31_000),
    log: {
      lines: [
        "+ apt-get install --yes sqlite4",
        "Reading package lists...",
        "E: Unable to locate package sqlite4",
        "the hook setup-base ended with 100",
      ],
      href: "/workshops/ws-k4m9p2/machines/1/tasks/2/14/log",
    },
  },
  task("done", "Undo: remove the seats and their machines", 2000),
];
export const FAILED = [
  task("done", "Start the machine", 1400),
  task("done", "Make seats 01 to 06", 11_800),
  task("failed", "Make seat 07", 4000, "write /workspace/data/photos.tar: no space left on device"),
  task("done", "Undo: remove seats 01 to 07, stop the machine", 2000),
];
/** What authorities say when they had enough. */
export const NO_CERTIFICATE =
  'No certificate could be had for ws-k4m9p2.ws.example.org. acme-v02.api.letsencrypt.org: too many certificates (50) already issued for "example.org" in the last 168h0m0s, retry after 2026-11-24T14:05:00Z: see https://letsencrypt.org/docs/rate-limits/#new-certificates-per-registered-domain. · dv.acme-v02.api.pki.goog: it can\'t be reached: ECONNREFUSED.';
export const UNCERTIFIED = [
  task("done", "Start the machine", 1400),
  task("done", "Point ws-k4m9p2.ws.example.org at the machine", 6800),
  task("failed", "Get a certificate for ws-k4m9p2.ws.example.org", 4000, NO_CERTIFICATE),
  task("done", "Undo: remove the seats and the machine", 2000),
];
export const STOPPING = [
  task("done", "Tell 5 connected learners that the workshop ended", 20),
  task("done", "Pack everyone’s work into one archive", 3100),
  task("doing", "Remove 10 seats", 2000, "7 of 10 removed"),
  task("todo", "Stop the machine"),
  task("todo", "Destroy the sealed API key"),
  task("todo", "Look again that nothing is left"),
];
