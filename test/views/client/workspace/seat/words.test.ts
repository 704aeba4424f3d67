import { expect, test } from "bun:test";
import type { SeatNews, SeatWorkKind } from "../../../../../agent/contract/seat-news.ts";
import { doneWords, seatWords } from "../../../../../views/client/workspace/seat/words.ts";

const KINDS: SeatWorkKind[] = [
  ...(["launch", "refresh", "restore", "start", "stop", "repair", "remove", "connect", "disconnect", "remount"] as const),
  "of a later release" as SeatWorkKind,
];
const news = (more: Partial<SeatNews>): SeatNews => ({ type: "seat", status: "pending", open: false, ...more });

test("whoever can't work is told so, whatever is being done", () => {
  for (const kind of KINDS)
    for (const status of ["off", "pending", "waiting", "stopped", "ready", "error"] as const)
      for (const back of [undefined, true] as const) {
        const words = seatWords(news({ status, now: { kind, progress: 0, ...(back && { back }) } }));
        expect(words?.title).toEndWith(".");
        expect(words?.is).not.toBe("soon");
        const idle = seatWords(news({ status, last: { id: "1", kind, outcome: "failed", ended: true } }));
        expect(idle?.title).toEndWith(".");
      }
});

test("whoever can work is told of what will end her programs, and of nothing else", () => {
  const told = KINDS.filter((kind) => seatWords(news({ open: true, now: { kind, progress: 0 } })));
  expect(told).toEqual(["refresh", "restore"]);
  expect(seatWords(news({ open: true, status: "ready" }))).toBeUndefined();
  expect(seatWords(news({ open: true, now: { kind: "restore", progress: 0 } }))?.text).toContain("home directory is made anew");
});

const DONE: [SeatWorkKind, "done" | "failed" | "undone", boolean, string | undefined][] = [
  ["refresh", "done", true, "Your seat was refreshed."],
  ["refresh", "failed", true, "Nothing changed: the refresh failed and your seat is as it was."],
  ["restore", "undone", false, "Nothing changed: your instructor gave up the restore."],
  ["start", "done", true, "Your seat runs again."],
  ["repair", "done", true, "Your seat had stopped by itself and runs again."],
  ["connect", "done", false, undefined],
  ["connect", "done", true, "Your seat was made again with other connections."],
  ["launch", "done", true, undefined],
  ["repair", "failed", true, undefined],
];
test.each(DONE)("%s %s, programs ended: %p → %s", (kind, outcome, ended, strong) => {
  const words = doneWords({ id: "1", kind, outcome, ended });
  expect(words?.strong).toBe(strong as string);
  if (words) expect(words.rest.includes("new shell")).toBe(ended);
});
