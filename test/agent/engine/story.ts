import { type Handler, type Status, type TaskRun, type TaskSpec, Wait } from "../../../agent/engine/task.ts";

/** `t1:do` …: what handlers did, in order. A test's world is a set of names that are there. */
export interface World {
  there: Set<string>;
  said: string[];
}

export const newWorld = (): World => ({ there: new Set(), said: [] });

/**
 * A task in one word: `name`, `name<a,b` (after a and b), `name@1,2` (lanes), `name!do` (its do fails), `name!undo`, `name-` (no undo),
 * `name?abort` (runs until it is told to stop), `name!once` (its do fails the first time), `name?wait` (its do asks for a person the first
 * time).
 */
export function parseStory(story: string): TaskSpec[] {
  const words = story.split(" ");
  const names = words.map((word) => /^\w+/.exec(word)?.[0] ?? "");
  return words.map((word, i) => ({
    kind: kindOf(word),
    summary: names[i] ?? "",
    data: names[i] ?? "",
    after: (/<([\w,]+)/.exec(word)?.[1]?.split(",") ?? []).map((name) => names.indexOf(name)),
    lanes: (/@([\d,]+)/.exec(word)?.[1]?.split(",") ?? []).map(Number),
  }));
}

function kindOf(word: string): string {
  if (word.includes("!do")) return "bad-do";
  if (word.includes("!undo")) return "bad-undo";
  if (word.includes("!once")) return "bad-once";
  if (word.includes("?wait")) return "asks-once";
  if (word.includes("?abort")) return "endless";
  return /^\w+-/.test(word) ? "no-undo" : "plain";
}

/** Handlers that change a world; `pace` lets a test decide when each goes on. */
export function storyHandlers(world: World, pace: () => Promise<void> = async () => {}): Record<string, Handler> {
  const act = (verb: string, effect: (name: string) => void) => async (task: TaskRun) => {
    await pace();
    effect(String(task.data));
    world.said.push(`${task.data}:${verb}`);
  };
  const plain = { do: act("do", (name) => world.there.add(name)), undo: act("undo", (name) => world.there.delete(name)) };
  const fail = (verb: string) => async (task: TaskRun) => {
    await pace();
    world.said.push(`${task.data}:${verb}-error`);
    throw new Error(`cannot ${verb} "${task.data}"`);
  };
  const once = (verb: string, error: (message: string) => Error) => async (task: TaskRun) => {
    if (world.said.includes(`${task.data}:${verb}`)) return plain.do(task);
    world.said.push(`${task.data}:${verb}`);
    throw error(`"${task.data}" wants a person`);
  };
  return {
    plain,
    "bad-once": { do: once("do-error", (message) => new Error(message)), undo: plain.undo },
    "asks-once": { do: once("asks", (message) => new Wait(message)), undo: plain.undo },
    "no-undo": { do: plain.do },
    "bad-do": { do: fail("do"), undo: plain.undo },
    "bad-undo": { do: plain.do, undo: fail("undo") },
    endless: { do: untilTold(world), undo: plain.undo },
  };
}

function untilTold(world: World): (task: TaskRun) => Promise<void> {
  return (task) =>
    new Promise((_, reject) => {
      world.said.push(`${task.data}:begin`);
      task.signal.addEventListener("abort", () => {
        world.said.push(`${task.data}:told`);
        reject(new Error("told to stop"));
      });
    });
}

export const asText = (tasks: readonly { summary: string; status: Status }[]): string =>
  tasks.map((task) => `${task.summary}:${task.status}`).join(" ");
