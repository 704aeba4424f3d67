import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Runner } from "../../../agent/engine/runner.ts";
import { State } from "../../../agent/engine/state.ts";
import type { Handler, Status, Task, TaskRun, TaskSpec } from "../../../agent/engine/task.ts";
import { until } from "../../support/until.ts";

const directory = mkdtempSync(join(tmpdir(), "ct-killed-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const RUNS = process.env.TEST_FULL ? 500 : 40;

/** What was done to the world, in order: a task's effect and its undo, each only when it changes something. */
interface World {
  there: Set<string>;
  did: string[];
}

function handlersOf(world: World, failing: number): Record<string, Handler> {
  const act = (task: TaskRun, verb: "do" | "undo") => {
    const name = String(task.data);
    if (world.there.has(name) === (verb === "do")) return;
    if (verb === "do") world.there.add(name);
    else world.there.delete(name);
    world.did.push(`${name}:${verb}`);
  };
  return {
    step: {
      async do(task) {
        if (task.data === failing) throw new Error("it fails");
        act(task, "do");
      },
      undo: async (task) => act(task, "undo"),
    },
  };
}

/** Any graph: each task after some before it, in one lane or several. */
const graphs = fc
  .array(
    fc.record({ after: fc.array(fc.nat(6), { maxLength: 3 }), lanes: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }) }),
    {
      minLength: 1,
      maxLength: 7,
    },
  )
  .map((tasks) =>
    tasks.map(
      ({ after, lanes }, i): TaskSpec => ({
        ...{ kind: "step", summary: String(i), data: i, lanes },
        after: [...new Set(after)].filter((one) => one < i),
      }),
    ),
  );

test(`for any graph, failing task and moment of a kill: lanes end wholly done or wholly undone, and no effect or undo happens twice (${RUNS} graphs)`, async () => {
  await fc.assert(
    fc.asyncProperty(
      graphs,
      fc.option(fc.nat(6), { nil: -1 }),
      fc.nat(1000),
      fc.boolean(),
      async (specs, failing, moment, late) => {
        const { moments, last } = await undisturbed(specs, failing);
        const at = moment % moments.length;
        const killed = moments[at];
        if (!killed) throw new Error("no moment");
        // Before, or after, what was being done took effect.
        const world = late ? (moments[at + 1]?.world ?? last) : killed.world;
        const { tasks, did } = await goOn(specs, killed.bytes, copyOf(world), failing);
        expect(did.length).toBe(new Set(did).size);
        for (const lane of new Set(tasks.flatMap(({ lanes }) => lanes)))
          expectWhole(tasks.filter(({ lanes }) => lanes.includes(lane)));
        for (const { status, data } of tasks) expect(status === "done").toBe(lastOf(did, String(data)) === "do");
      },
    ),
    { numRuns: RUNS },
  );
}, 600_000);

/** A task of several lanes stays while one of them is alive: it may be done where the others of this lane went back. */
function expectWhole(lane: readonly Task[]): void {
  const own = lane.filter(({ lanes }) => lanes.length === 1).map(({ status }) => status);
  const back: readonly Status[] = ["undone", "hold", "error"];
  expect(own.every((status) => status === "done") || own.every((status) => back.includes(status))).toBe(true);
}

const lastOf = (did: readonly string[], name: string): string | undefined =>
  did
    .filter((one) => one.startsWith(`${name}:`))
    .at(-1)
    ?.split(":")[1];

const copyOf = ({ there, did }: World): World => ({ there: new Set(there), did: [...did] });
const newPath = () => join(directory, `${Bun.randomUUIDv7()}.sqlite`);
const ended = (state: State) => until("the change to end", () => state.changes().find((change) => change.endedAt !== undefined));

async function undisturbed(specs: readonly TaskSpec[], failing: number) {
  const path = newPath();
  const world: World = { there: new Set(), did: [] };
  const state = new State(path);
  const reader = new Database(path);
  const moments: { bytes: Uint8Array; world: World }[] = [];
  state.onChange(() => void moments.push({ bytes: new Uint8Array(reader.serialize()), world: copyOf(world) }));
  const runner = new Runner(state, { handlers: handlersOf(world, failing), parallel: 2 });
  runner.add("any", "", specs);
  await ended(state);
  await runner.close();
  reader.close();
  state.close();
  rmSync(path);
  return { moments, last: world };
}

async function goOn(specs: readonly TaskSpec[], bytes: Uint8Array, world: World, failing: number) {
  const path = newPath();
  writeFileSync(path, bytes);
  const state = new State(path);
  const runner = new Runner(state, { handlers: handlersOf(world, failing), parallel: 2 });
  runner.ensure();
  const tasks = state.tasksOf(await ended(state));
  await runner.close();
  state.close();
  rmSync(path);
  expect(tasks).toHaveLength(specs.length);
  return { tasks, did: world.did };
}
