import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openChangeEvents } from "../../../agent/api/change-events.ts";
import type { ChangeEvent } from "../../../agent/contract/api.ts";
import { CLOSE } from "../../../agent/contract/close.ts";
import type { Peer } from "../../../agent/contract/peer.ts";
import { Runner } from "../../../agent/engine/runner.ts";
import { State } from "../../../agent/engine/state.ts";
import type { Call } from "../../../agent/rows.ts";
import { changeView } from "../../../agent/seats/views.ts";
import { until } from "../../support/until.ts";

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** An engine whose only kind of task goes on when it is told. */
function engine() {
  const directory = mkdtempSync(join(tmpdir(), "ct-events-"));
  const state = new State(join(directory, "state.sqlite"));
  const go = Promise.withResolvers<void>();
  const runner = new Runner(state, {
    parallel: 4,
    handlers: {
      step: {
        do: async (task) => {
          task.progress("files", 1, 2);
          task.log("halfway");
          await go.promise;
        },
      },
    },
  });
  opened.push(async () => {
    go.resolve();
    await runner.close();
    state.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const view = (id: number) => {
    const change = state.change(id);
    return change && changeView(state, change, () => false);
  };
  const events = openChangeEvents({
    change: view,
    changes: (select) => state.changes().flatMap(({ id, endedAt }) => (select === "all" || !endedAt ? (view(id) ?? []) : [])),
    onChange: (listener) => state.onChange(listener),
  });
  return { runner, view, events, go };
}

/** A reader that takes `takes` frames and is behind then. */
function reader(takes = Number.POSITIVE_INFINITY) {
  const frames: string[] = [];
  const closed: number[] = [];
  const peer: Peer = {
    send: (data) => (frames.push(String(data)) > takes ? -1 : 1),
    close: (code) => void closed.push(code),
    pause: () => {},
    resume: () => {},
  };
  return { peer, closed, events: () => frames.map((frame) => JSON.parse(frame) as ChangeEvent) };
}
const call = (query = ""): Call => {
  const url = new URL(`http://agent/v1/changes/events${query}`);
  return { url, request: new Request(url), address: "", params: {}, subpath: "" };
};
const spec = (summary: string) => ({ kind: "step", summary, data: {} });

test("status, progress and words of each task come in order, and the end last", async () => {
  const { runner, view, events, go } = engine();
  const one = reader();
  events.open(call(), one.peer);
  const id = runner.add("try", "Try it", [spec("first"), { ...spec("second"), after: [0] }]);
  await until("the progress", () => one.events().some((event) => event.type === "task" && event.task.progress));
  go.resolve();
  await until("the end", () => view(id)?.endedAt);
  const told = one.events().map((event) => {
    if (event.type === "change") return `change ${event.change.status}`;
    const { summary, status, progress, log } = event.task;
    return `${summary} ${status} ${progress?.done ?? 0} ${log.join()}`;
  });
  expect(told.slice(0, 3)).toEqual(["change do", "first doing 0 ", "change doing"]);
  expect(told).toContain("first doing 1 halfway");
  expect(told.indexOf("first done 1 halfway")).toBeLessThan(told.indexOf("second doing 0 "));
  expect(told.at(-1)).toBe("change done");
  expect(one.events().at(-1)).toEqual({ type: "change", change: view(id) as never });
});

test("who comes later sees what is, and who names a change sees that one alone, over or not", async () => {
  const { runner, view, events, go } = engine();
  const id = runner.add("try", "Try it", [spec("first")]);
  const other = runner.add("try", "Try that", [spec("other")]);
  const late = reader();
  events.open(call(), late.peer);
  expect(late.events().map((event) => event.type === "change" && event.change.id)).toEqual([String(id), String(other)]);
  go.resolve();
  await until("the end", () => view(id)?.endedAt && view(other)?.endedAt);
  const alone = reader();
  events.open(call(`?change=${other}`), alone.peer);
  expect(alone.events()).toEqual([{ type: "change", change: view(other) as never }]);
  expect(() => events.open(call("?change=999"), reader().peer)).toThrow("There is no change 999");
  expect(() => events.open(call("?change=x"), reader().peer)).toThrow('change is "x"');
});

test("a reader that stands still is dropped, and the others go on", async () => {
  const { runner, events, go } = engine();
  const [slow, quick] = [reader(0), reader()];
  events.open(call(), slow.peer);
  events.open(call(), quick.peer);
  for (let i = 0; slow.closed.length === 0 && i < 50; i++) runner.add("try", `Try ${"x".repeat(50_000)}`, [spec("first")]);
  expect(slow.closed).toEqual([CLOSE.TOO_SLOW]);
  const before = quick.events().length;
  go.resolve();
  await until("more", () => quick.events().length > before);
  expect(quick.closed).toEqual([]);
});

test("no more than 32 follow, and who leaves makes room", () => {
  const { events } = engine();
  const all = Array.from({ length: 32 }, () => events.open(call(), reader().peer));
  expect(() => events.open(call(), reader().peer)).toThrow("32 connections follow");
  all[0]?.close();
  expect(() => events.open(call(), reader().peer)).not.toThrow();
});
