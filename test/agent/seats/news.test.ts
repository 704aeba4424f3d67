import { expect, test } from "bun:test";
import type { Status, Task } from "../../../agent/engine/task.ts";
import { gentleKinds, goesOn, seatNews } from "../../../agent/seats/news.ts";
import { type SeatWork, seatProgress } from "../../../agent/seats/status.ts";

const GENTLE = gentleKinds(["docker/save-state"]);

/** Each task by its kind and status; one that was ever begun has a `*` behind it. */
function work(kind: string, ...tasks: [kind: string, status: string][]): SeatWork {
  const own = tasks.map(([of, status], i) => taskOf(i + 2, of, status));
  const change = { id: 1, kind, summary: `${kind} seat 4`, tasks: own.map(({ id }) => id), startedAt: 0, endedAt: undefined };
  return { change: { ...change, mode: "transactional", resumed: false }, own, shared: [] };
}

const taskOf = (id: number, kind: string, status: string): Task => ({
  ...{ id, change: 1, kind, summary: `Do ${kind}`, data: { seat: 4 }, after: [], lanes: [4], log: ["hook: a secret"] },
  ...{ status: status.replace("*", "") as Status, ...(status.endsWith("*") && { startedAt: 1 }) },
  error: status === "error*" || status === "wait*" ? "hook: a secret" : undefined,
});

const STORY: [what: string, isOpen: boolean, ...tasks: string[]][] = [
  ["layers are being built", true, "do", "do", "do"],
  ["its state is being saved", true, "doing*", "do", "do"],
  ["it is to be put aside", true, "done*", "do", "do"],
  ["it is being put aside", false, "done*", "doing*", "do"],
  ["it is put aside", false, "done*", "done*", "do"],
  ["it waits for a person", false, "done*", "done*", "wait*"],
  ["it goes back", false, "undo*", "undoing*", "error*"],
  ["saving failed", true, "error*", "hold", "undo"],
];

for (const [what, isOpen, ...statuses] of STORY)
  test(`${isOpen ? "a learner may stay" : "nobody gets in"} while ${what}`, () => {
    const kinds = ["docker/save-state", "docker/stash-container", "docker/renew-container"];
    const refresh = work("refresh", ...kinds.map((kind, i) => [kind, statuses[i] ?? ""] as [string, string]));
    expect(goesOn(refresh, { freshSince: 1 }, 1, GENTLE)).toBe(isOpen);
  });

test("nobody stays in a seat that is made for somebody else, or was stopped, whatever is being done", () => {
  const refresh = work("refresh", ["docker/save-state", "do"]);
  expect(goesOn(refresh, { freshSince: 1 }, 2, GENTLE)).toBe(false);
  expect(goesOn(refresh, { freshSince: 1, off: true }, 1, GENTLE)).toBe(false);
  expect(goesOn(refresh, undefined, 1, GENTLE)).toBe(false);
  for (const kind of ["launch", "repair", "stop", "remove", "start"])
    expect(goesOn(work(kind, ["docker/save-state", "do"]), { freshSince: 1 }, 1, GENTLE)).toBe(false);
});

test("a task of a kind that nobody said is gentle ends what runs", () => {
  const unknown = work("refresh", ["docker/something-new", "doing*"]);
  expect(goesOn(unknown, { freshSince: 1 }, 1, GENTLE)).toBe(false);
});

test("news say the step and how far it is, and nothing that a program printed", () => {
  const facts = { record: {}, wanted: true, condition: undefined };
  for (const status of ["doing*", "wait*", "error*"]) {
    const one = work("refresh", ["docker/renew-container", status], ["seat/record", status === "error*" ? "hold" : "do"]);
    const news = seatNews(one, seatProgress(one, facts), false, GENTLE);
    expect(JSON.stringify(news)).not.toContain("secret");
    if (status === "doing*") expect(news.now).toEqual({ kind: "refresh", step: "Do docker/renew-container", progress: 0 });
    if (status === "error*") expect(news.last).toEqual({ id: "1", kind: "refresh", outcome: "failed", ended: true });
  }
});

test("what was given up isn't a failure", () => {
  const one = work("restore", ["docker/stash-container", "undone*"], ["docker/renew-container", "hold"]);
  const progress = seatProgress(one, { record: {}, wanted: true, condition: "ready" });
  expect(seatNews(one, progress, true, GENTLE)).toEqual({
    ...{ type: "seat", status: "ready", open: true },
    last: { id: "1", kind: "restore", outcome: "undone", ended: true },
  });
});
