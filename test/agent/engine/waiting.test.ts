import { afterAll, afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Change, Mode } from "../../../agent/engine/change.ts";
import { Runner } from "../../../agent/engine/runner.ts";
import { State } from "../../../agent/engine/state.ts";
import { until } from "../../support/until.ts";
import { asText, newWorld, parseStory, storyHandlers, type World } from "./story.ts";

const directory = mkdtempSync(join(tmpdir(), "ct-waiting-"));
const ends: (() => Promise<void>)[] = [];
let files = 0;
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const newPath = () => join(directory, `${++files}.sqlite`);

function start(world: World, path = newPath(), now?: () => number) {
  const state = new State(path, now);
  const runner = new Runner(state, { handlers: storyHandlers(world), parallel: 4 });
  const close = async () => {
    await runner.close();
    state.close();
  };
  ends.push(close);
  return { state, runner, path, close };
}

const only = (state: State): Change => {
  const [change] = state.changes();
  if (!change) throw new Error("no change");
  return change;
};
const isWaiting = (state: State) => until("the change to wait", () => state.statusOf(only(state)) === "wait");
const ended = (state: State) => until("the change to end", () => only(state).endedAt !== undefined);
const textOf = (state: State) => asText(state.tasksOf(only(state)));

type Answer = "continue" | "abort";
/** [the tasks, how its tasks stand while it waits, what the person says, what handlers did in order, where tasks ended, the change's status] */
const STORIES: [story: string, mode: Mode, waits: string, answer: Answer, said: string, end: string, status: string][] = [
  // What fails waits with all that is done, and runs again.
  [
    ...(["a b<a!once c<b", "wait-on-error", "a:done b:wait c:do", "continue"] as const),
    ...(["a:do b:do-error b:do c:do", "a:done b:done c:done", "done"] as const),
  ],
  // Given up: back to where it began.
  [
    ...(["a b<a!once c<b", "wait-on-error", "a:done b:wait c:do", "abort"] as const),
    ...(["a:do b:do-error b:undo a:undo", "a:undone b:undone c:hold", "undone"] as const),
  ],
  // What asks for a person waits in any mode.
  [
    ...(["a b<a?wait c<b", "transactional", "a:done b:wait c:do", "continue"] as const),
    ...(["a:do b:asks b:do c:do", "a:done b:done c:done", "done"] as const),
  ],
  // Two that failed side by side wait together, and go on together.
  [
    ...(["a!once b!once c<a,b", "wait-on-error", "a:wait b:wait c:do", "continue"] as const),
    ...(["a:do-error b:do-error a:do b:do c:do", "a:done b:done c:done", "done"] as const),
  ],
  // Other lanes end meanwhile.
  [
    ...(["a@1?wait b@2 c<b@2", "transactional", "a:wait b:done c:done", "continue"] as const),
    ...(["a:asks b:do c:do a:do", "a:done b:done c:done", "done"] as const),
  ],
  // Undoing doesn't wait: nobody could let it go on.
  [
    ...(["a!undo b<a?wait", "wait-on-error", "a:done b:wait", "abort"] as const),
    ...(["a:do b:asks b:undo a:undo-error", "a:error b:undone", "error"] as const),
  ],
];

for (const [story, mode, waits, answer, said, end, status] of STORIES) {
  for (const restarted of [false, true]) {
    test(`${mode}: "${story}" waits; ${answer}${restarted ? ", after a restart" : ""}`, async () => {
      const world = newWorld();
      let now = start(world);
      now.runner.add("story", story, parseStory(story), mode);
      await isWaiting(now.state);
      expect(textOf(now.state)).toBe(waits);
      if (restarted) {
        await now.close();
        now = start(world, now.path);
        now.runner.ensure();
        expect(textOf(now.state)).toBe(waits);
      }
      now.runner[answer](only(now.state));
      await ended(now.state);
      expect(world.said.join(" ")).toBe(said);
      expect(textOf(now.state)).toBe(end);
      expect<string>(now.state.statusOf(only(now.state))).toBe(status);
      expect(only(now.state).resumed).toBe(answer === "continue");
    });
  }
}

test("a task says why it waits, and no more once it goes on", async () => {
  const { state, runner } = start(newWorld());
  runner.add("story", "", parseStory("a!once"), "wait-on-error");
  await isWaiting(state);
  const [task] = state.tasksOf(only(state));
  expect(task?.error).toBe(`"a" wants a person`);
  runner.continue(only(state));
  await ended(state);
  expect(task?.error).toBeUndefined();
});

test("nothing waits: going on changes nothing, not even its mark", async () => {
  const { state, runner } = start(newWorld());
  runner.add("story", "", parseStory("a"));
  await ended(state);
  expect(runner.continue(only(state))).toBe(false);
  expect(only(state).resumed).toBe(false);
});

test("handlers know that a person has let their change go on, after a restart too", async () => {
  const world = newWorld();
  const seen: boolean[] = [];
  const first = start(world);
  const handlers = storyHandlers(world);
  handlers.plain = { do: async ({ resumed }) => void seen.push(resumed) };
  const runner = new Runner(first.state, { handlers, parallel: 1 });
  ends.push(() => runner.close());
  runner.add("story", "", parseStory("a b<a!once c<b"), "wait-on-error");
  await isWaiting(first.state);
  runner.continue(only(first.state));
  await ended(first.state);
  expect(seen).toEqual([false, true]);
  await first.close();
  expect(only(start(world, first.path).state).resumed).toBe(true);
});

test("whom nobody comes back to within a week is given up, also by a runner that begins later", async () => {
  let time = 0;
  const world = newWorld();
  const week = 7 * 24 * 3_600_000;
  const first = start(world, undefined, () => time);
  first.runner.add("story", "", parseStory("a b<a!once"), "wait-on-error");
  await isWaiting(first.state);
  time = week - 1;
  first.runner.ensure();
  expect(textOf(first.state)).toBe("a:done b:wait");
  await first.close();
  time = week;
  const second = start(world, first.path, () => time);
  second.runner.ensure();
  await ended(second.state);
  expect(textOf(second.state)).toBe("a:undone b:undone");
});
