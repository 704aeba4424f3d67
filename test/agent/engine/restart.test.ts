import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Runner } from "../../../agent/engine/runner.ts";
import { State } from "../../../agent/engine/state.ts";
import { until } from "../../support/until.ts";
import { asText, newWorld, parseStory, storyHandlers } from "./story.ts";

const directory = mkdtempSync(join(tmpdir(), "ct-restart-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The saved state right after one step, and what was there in the world then. */
interface Moment {
  bytes: Uint8Array;
  there: string[];
}

const ended = (state: State) => until("the change to end", () => state.changes().find((change) => change.endedAt !== undefined));

const STORIES = ["a b<a c<b", "a b<a c<b d<c!do", "s@1,2,3 a<s@1 b<a@1!do c<s@2 d<c@2 e<s@3!do", "a- b-<a c<b d<c!undo e<d!do"];

for (const story of STORIES) {
  test(`killed after any step of "${story}", before or after what it was doing took effect`, async () => {
    const { moments, end, there } = await undisturbed(story);
    expect(moments.length).toBeGreaterThan(4);
    for (const [i, moment] of moments.entries()) {
      const later = moments[i + 1]?.there ?? there;
      for (const world of [moment.there, later]) {
        const again = await goOn(moment.bytes, world);
        expect(again).toEqual({ end, there });
      }
    }
  });
}

async function undisturbed(story: string) {
  const path = join(directory, `${Bun.randomUUIDv7()}.sqlite`);
  const world = newWorld();
  const state = new State(path);
  const moments: Moment[] = [];
  const reader = new Database(path);
  state.onChange(() => void moments.push({ bytes: new Uint8Array(reader.serialize()), there: [...world.there] }));
  const runner = new Runner(state, { handlers: storyHandlers(world), parallel: 2 });
  runner.add("story", story, parseStory(story));
  const end = asText(state.tasksOf(await ended(state)));
  await runner.close();
  reader.close();
  state.close();
  return { moments, end, there: [...world.there].sort() };
}

async function goOn(bytes: Uint8Array, there: string[]) {
  const path = join(directory, `${Bun.randomUUIDv7()}.sqlite`);
  writeFileSync(path, bytes);
  const world = { there: new Set(there), said: [] };
  const state = new State(path);
  const runner = new Runner(state, { handlers: storyHandlers(world), parallel: 2 });
  runner.ensure();
  const end = asText(state.tasksOf(await ended(state)));
  await runner.close();
  state.close();
  return { end, there: [...world.there].sort() };
}
