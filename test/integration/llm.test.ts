/** Claude in a class, as its instructor and its learners have it: a real gateway, agents and shells, and an upstream whose answers are scripted. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join as path } from "node:path";
import { join, type Learner, type PlainTerminal } from "../support/learner.ts";
import { processesOf } from "../support/leftovers.ts";
import { until } from "../support/until.ts";
import { says, startUpstream, type TestUpstream } from "../support/upstream.ts";
import { runningWorkshop, startWorld, type World } from "../support/world.ts";

const BAD = "sk-ant-test-0123456789-0123456789-0123456789";
const GOOD = "sk-ant-good-9876543210-9876543210-9876543210";

let upstream: TestUpstream;
let world: World;
beforeAll(async () => {
  upstream = startUpstream();
  world = await startWorld({ CLARATEACH_LLM_URL: upstream.url });
});
afterAll(async () => {
  await world?.end();
  await upstream?.end();
});

/** What the CLI does, as a line for the shell, with what the shell knows. */
const ASK = `clear; curl -s "$ANTHROPIC_BASE_URL/v1/messages?beta=true" -H "Authorization: Bearer $ANTHROPIC_AUTH_TOKEN" -d '{"model":"claude-haiku-4-5","stream":true}'`;

/** Wide, so that no answer is cut by a line's end. */
async function wide(learner: Learner): Promise<PlainTerminal> {
  const terminal = await learner.terminal();
  terminal.resize(300, 50);
  await terminal.run("until stty size | grep -q 300; do sleep 0.1; done; echo wide-$((40+2))", "wide-42");
  return terminal;
}

const llm = async (id: string) => (await world.api(`/api/workshops/${id}/llm`)).body;
const patch = (id: string, json: object) => world.api(`/api/workshops/${id}/llm`, { method: "PATCH", json });
const sees = (id: string, state: string) =>
  until(`Claude to be ${state}`, async () => {
    const now = await llm(id);
    return now.state === state && now;
  });

test("a wrong key is said and replaced in mid-class; caps, pause and models are in force at once; what was used outlives agent and gateway, and the key is nowhere", async () => {
  upstream.takeOnly(GOOD);
  upstream.behave(says("I am here.", { inputTokens: 100_000, outputTokens: 1000 }));
  const { id, code } = await runningWorkshop(world, { seats: 2 });
  const learner = await join(world, { code, name: "Mira" });
  const shell = await wide(learner);

  await shell.run(ASK, "The class's key is refused. Your instructor sees it too.");
  await sees(id, "refused");
  expect((await world.api(`/api/workshops/${id}/key`, { method: "PUT", json: { apiKey: GOOD } })).status).toBe(204);
  await sees(id, "ok");
  await shell.run(ASK, "I am here.");

  // 100,000 and 1000 tokens of the price file's haiku.
  const used = await until("the use to be counted", async () => {
    const now = await llm(id);
    return now.usd > 0 && now;
  });
  const once = { requests: expect.any(Number), inputTokens: 100_000, outputTokens: 1000, usd: 0.105 };
  expect(used).toMatchObject({
    ...once,
    seats: [
      { seat: 1, ...once, limitUsd: 5 },
      { seat: 2, requests: 0, usd: 0 },
    ],
  });
  expect((await learner.get("/session")).body).toMatchObject({ llm: { usd: 0.105, limitUsd: 5, paused: false } });

  expect((await patch(id, { seats: [{ seat: 1, limitUsd: 0.1 }] })).status).toBe(200);
  await shell.run(ASK, "Your seat's budget is used up. Ask your instructor.");
  await patch(id, { seats: [{ seat: 1, limitUsd: null }], workshopUsd: 0.1 });
  await shell.run(ASK, "Your class's budget is used up. Ask your instructor.");
  await patch(id, { workshopUsd: 20, models: ["claude-sonnet-5-5"] });
  await shell.run(ASK, "This class uses claude-sonnet-5-5, not claude-haiku-4-5.");
  expect((await patch(id, { models: null, paused: true })).body.state).toBe("paused");
  await shell.run(ASK, "Claude is paused for now.");
  expect((await learner.get("/session")).body).toMatchObject({ llm: { paused: true } });
  expect((await patch(id, { paused: false })).body.state).toBe("ok");
  await shell.run(ASK, "I am here.");

  upstream.behave(says("Here again.", { inputTokens: 100_000, outputTokens: 1000 }));
  // The agent's memory had the key; its next one is given it without anybody's doing.
  const [agent] = processesOf(`clarateach-${id}`).agents;
  process.kill(agent ?? 0, "SIGKILL");
  await until("another agent", () => processesOf(`clarateach-${id}`).agents.some((pid) => pid !== agent));
  const again = await until("a terminal", () => wide(learner).catch(() => undefined));
  await until("Claude to answer again", async () => {
    const said = await again.run(`${ASK}; echo over-$((40+2))`, "over-42");
    return said.includes("Here again.");
  });
  const before = (await until("all to be counted", async () => {
    const now = await llm(id);
    return now.inputTokens >= 300_000 && now;
  })) as { requests: number; inputTokens: number; usd: number };
  await world.kill();
  await world.restart();
  const after = await until("the counts", async () => {
    const now = await llm(id);
    return now.inputTokens >= before.inputTokens && now;
  });
  expect(after).toMatchObject({ state: "ok", workshopUsd: 20, usd: before.usd });

  expect(filesWith(world.data, GOOD)).toEqual([]);
  expect(filesWith(world.data, BAD)).toEqual([]);
  expect(world.output()).not.toContain(GOOD);
  shell.close();
  again.close();
  expect((await world.api(`/api/workshops/${id}/stop`, { method: "POST" })).body.status).toBe("stopped");
  const { receipt } = (await world.api(`/api/workshops/${id}`)).body;
  expect(receipt.llm).toMatchObject({ usd: before.usd, inputTokens: before.inputTokens, seats: [{ seat: 1, usd: before.usd }] });
});

/** Files below a directory, those of seats too, that hold this text. */
function filesWith(directory: string, text: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path(parentPath, name))
    .filter((file) => readFileSync(file, "latin1").includes(text));
}
