import { Database } from "bun:sqlite";
import { afterAll, afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Runner } from "../../../agent/engine/runner.ts";
import { State } from "../../../agent/engine/state.ts";
import { type Handler, LOG_BYTES, LOG_LINES, Retry, type TaskRun } from "../../../agent/engine/task.ts";
import { until } from "../../support/until.ts";
import { asText, newWorld, parseStory, storyHandlers } from "./story.ts";

const directory = mkdtempSync(join(tmpdir(), "ct-engine-"));
const ends: (() => Promise<void>)[] = [];
let files = 0;
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function start(handlers: Record<string, Handler>, path = join(directory, `${++files}.sqlite`), now?: () => number) {
  const state = new State(path, now);
  const runner = new Runner(state, { handlers, parallel: 4 });
  ends.push(async () => {
    await runner.close();
    state.close();
  });
  return { state, runner, path };
}

const ended = (state: State) => until("the change to end", () => state.changes().find((change) => change.endedAt !== undefined));

/** [the tasks, what their handlers did in order, where they ended, the change's status] */
const STORIES: [story: string, said: string, end: string, status: string][] = [
  ["a", "a:do", "a:done", "done"],
  ["a b<a c<b", "a:do b:do c:do", "a:done b:done c:done", "done"],
  ["a!do", "a:do-error", "a:error", "error"],
  ["a b<a!do", "a:do b:do-error a:undo", "a:undone b:error", "error"],
  ["a b<a c<b d<c!do", "a:do b:do c:do d:do-error c:undo b:undo a:undo", "a:undone b:undone c:undone d:error", "error"],
  ["a b<a!do c<b", "a:do b:do-error a:undo", "a:undone b:error c:hold", "error"],
  ["a- b<a!do", "a:do b:do-error", "a:done b:error", "error"],
  ["a b-<a c<b!do", "a:do b:do c:do-error a:undo", "a:undone b:done c:error", "error"],
  ["a b<a!undo c<b!do", "a:do b:do c:do-error b:undo-error a:undo", "a:undone b:error c:error", "error"],
  ["a@1 b<a@1!do c@2 d<c@2", "a:do c:do b:do-error d:do a:undo", "a:undone b:error c:done d:done", "error"],
  ["s@1,2 a<s@1!do b<s@2", "s:do a:do-error b:do", "s:done a:error b:done", "error"],
  ["s@1,2 a<s@1!do b<s@2!do", "s:do a:do-error b:do-error s:undo", "s:undone a:error b:error", "error"],
  ["s@1,2!do a<s@1 b<s@2", "s:do-error", "s:error a:hold b:hold", "error"],
  // d comes after a task of a lane that fails: its own lane goes with it
  ["a@1 b<a@1!do c@2 d<b,c@2", "a:do c:do b:do-error a:undo c:undo", "a:undone b:error c:undone d:hold", "error"],
  // a failure tells what runs in its lane to stop, and undoes it
  ["a@1?abort b@1!do c@2", "a:begin b:do-error c:do a:told a:undo", "a:undone b:error c:done", "error"],
];

for (const [story, said, end, status] of STORIES) {
  test(story, async () => {
    const world = newWorld();
    const { state, runner } = start(storyHandlers(world));
    runner.add("story", story, parseStory(story));
    const change = await ended(state);
    expect(world.said.join(" ")).toBe(said);
    expect(asText(state.tasksOf(change))).toBe(end);
    expect<string>(state.statusOf(change)).toBe(status);
  });
}

test("an abandoned change goes back, what never began is held, what runs is told", async () => {
  const world = newWorld();
  const { state, runner } = start(storyHandlers(world));
  runner.add("story", "", parseStory("a b<a?abort c<b"));
  await until("b to run", () => world.said.includes("b:begin"));
  const [change] = state.changes();
  if (change) runner.abort(change);
  await ended(state);
  expect(world.said.join(" ")).toBe("a:do b:begin b:told b:undo a:undo");
  expect(asText(state.tasksOf(await ended(state)))).toBe("a:undone b:undone c:hold");
});

test("no more run at once than allowed", async () => {
  let now = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  const plain: Handler = {
    async do() {
      most = Math.max(most, ++now);
      await gate.promise;
      now--;
    },
  };
  const { state, runner } = start({ plain });
  runner.add("story", "", parseStory("a b c d e f g h i j"));
  await until("four to run", () => now === 4);
  gate.resolve();
  await ended(state);
  expect(most).toBe(4);
});

test("what waits for others' programs takes no place: however many are held up, the rest goes on", async () => {
  const held = Promise.withResolvers<void>();
  const begun: string[] = [];
  const { state, runner } = start({
    held: { aside: true, do: () => held.promise },
    plain: { do: async ({ data }) => void begun.push(String(data)) },
  });
  const lane = (kind: string, number: number) => ({ kind, summary: kind, data: number, lanes: [number] });
  runner.add(
    "holding",
    "",
    Array.from({ length: 6 }, (_, i) => lane("held", i)),
  );
  runner.add(
    "others",
    "",
    Array.from({ length: 6 }, (_, i) => lane("plain", i)),
  );
  await until("the others", () => begun.length === 6);
  expect(state.changes().map((change) => state.statusOf(change))).toEqual(["doing", "done"]);
  held.resolve();
  await until("the end", () => state.changes().every(({ endedAt }) => endedAt !== undefined));
});

test("a handler that asks for it is called again, later, also after a restart", async () => {
  let time = 1_000_000;
  let calls = 0;
  const plain: Handler = {
    async do() {
      if (++calls < 3) throw new Retry(60);
    },
  };
  const first = start({ plain }, undefined, () => time);
  first.runner.add("story", "", parseStory("a"));
  const asked = () => first.state.changes().flatMap((change) => first.state.tasksOf(change))[0]?.notBefore;
  await until("the first call", () => asked() === time + 60_000);
  first.runner.ensure();
  expect(calls).toBe(1);
  time += 60_000;
  first.runner.ensure();
  await until("the second call", () => asked() === time + 60_000);
  await first.runner.close();
  const second = start({ plain }, first.path, () => time);
  second.runner.ensure();
  expect(calls).toBe(2);
  time += 60_000;
  second.runner.ensure();
  expect(second.state.statusOf(await ended(second.state))).toBe("done");
  expect(calls).toBe(3);
});

test("a handler that fails because the program shuts down runs again after the restart", async () => {
  const world = newWorld();
  const first = start(storyHandlers(world));
  first.runner.add("story", "", parseStory("a b<a?abort"));
  await until("b to run", () => world.said.includes("b:begin"));
  await first.runner.close();
  expect(world.said).toContain("b:told");
  first.state.close();
  const again = storyHandlers(world);
  const second = start({ ...again, endless: again.plain as Handler }, first.path);
  second.runner.ensure();
  expect(asText(second.state.tasksOf(await ended(second.state)))).toBe("a:done b:done");
});

test("tasks of unknown kinds are left alone", async () => {
  const world = newWorld();
  const { plain } = storyHandlers(world);
  const { state, runner } = start({ plain: plain as Handler });
  runner.add("story", "", [{ kind: "of-tomorrow", summary: "x", data: null }, ...parseStory("a")]);
  await until("a", () => world.said.includes("a:do"));
  const [change] = state.changes();
  expect(change && asText(state.tasksOf(change))).toBe("x:do a:done");
});

test("what a handler remembers is saved with its status, and dropped when it fails, asks for another try or is told to stop", async () => {
  const handlers: Record<string, Handler> = {
    plain: remembering("port", async () => {}),
    "bad-do": remembering("failed", () => Promise.reject(new Error("no"))),
    "no-undo": remembering("again", () => Promise.reject(new Retry(3600))),
    endless: remembering(
      "told",
      ({ signal }) => new Promise((_, no) => signal.addEventListener("abort", () => no(signal.reason))),
    ),
  };
  const { state, runner, path } = start(handlers);
  runner.add("story", "", parseStory("a@1 b<a@1!do c-@2 d@3?abort"));
  const statuses = () => state.changes().map((change) => asText(state.tasksOf(change)))[0];
  await until("b to fail and d to run", () => statuses() === "a:done b:error c:doing d:doing");
  const [change] = state.changes();
  if (change) runner.abort(change, [3]);
  await until("d to stop", () => statuses() === "a:done b:error c:doing d:hold");
  expect(state.memory.keys("")).toEqual(["port"]);
  const again = new State(path);
  expect(again.memory.get("port")).toBe(4711);
  expect(again.memory.keys("")).toEqual(["port"]);
  again.close();
});

/** Without an undo: what is told to stop is held. */
function remembering(key: string, then: (task: TaskRun) => Promise<void>): Handler {
  return {
    async do(task) {
      task.memory.set(key, 4711);
      expect(task.memory.get(key)).toBe(4711);
      await then(task);
    },
  };
}

test("old changes are forgotten when a runner begins, and again whenever it looks for work", async () => {
  let time = 0;
  const world = newWorld();
  const first = start(storyHandlers(world), undefined, () => time);
  first.state.update((s) => {
    for (let i = 0; i < 510; i++) s.add("x", "", []);
    return undefined;
  });
  await first.runner.close();
  const second = start(storyHandlers(world), first.path, () => time);
  second.runner.ensure();
  expect(second.state.changes()).toHaveLength(500);
  time += 25 * 60 * 60 * 1000;
  second.runner.add("story", "", parseStory("a"));
  expect(second.state.changes()).toHaveLength(1);
  await ended(second.state);
  time += 25 * 60 * 60 * 1000;
  second.runner.ensure();
  const again = new State(first.path, () => time);
  expect(again.changes()).toEqual([]);
  again.close();
});

test("the log keeps its last lines, within its size, and progress is shown", async () => {
  const plain: Handler = {
    async do(task) {
      for (let i = 1; i <= 25; i++) task.log(`line ${i}`);
      task.progress("files", 214, 260);
    },
  };
  const wide: Handler = {
    async do(task) {
      for (let i = 1; i <= 25; i++) task.log("é".repeat(40_000));
    },
  };
  const { state, runner } = start({ plain, "no-undo": wide });
  runner.add("story", "", parseStory("a b-"));
  const [a, b] = state.tasksOf(await ended(state));
  expect(a?.log).toEqual(Array.from({ length: LOG_LINES }, (_, i) => `line ${i + 15}`));
  expect(a?.progress).toEqual({ label: "files", done: 214, total: 260 });
  expect(Buffer.byteLength(b?.log.join("\n") ?? "")).toBeLessThanOrEqual(LOG_BYTES);
  expect(b?.log.length).toBeGreaterThan(0);
});

test("while a step can't be saved nothing starts; then it goes on", async () => {
  const world = newWorld();
  const { path, state, runner } = start(storyHandlers(world));
  const lock = new Database(path);
  lock.run("pragma busy_timeout = 0");
  const troubles: unknown[] = [];
  const stubborn = new State(path);
  ends.push(async () => stubborn.close());
  const second = new Runner(stubborn, { handlers: storyHandlers(world), parallel: 1, onTrouble: (e) => troubles.push(e) });
  ends.push(() => second.close());
  void state;
  void runner;
  lock.run("begin immediate");
  second.add("story", "", parseStory("a"));
  expect(troubles.length).toBeGreaterThan(0);
  expect(world.said).toEqual([]);
  lock.run("rollback");
  lock.close();
  await ended(stubborn);
  expect(world.said).toEqual(["a:do"]);
});
