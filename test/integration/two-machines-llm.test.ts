/** Claude in a class on two machines: the key reaches both, and a cap of the class is one cap, wherever it is used. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { join, type Learner } from "../support/learner.ts";
import { until } from "../support/until.ts";
import { says, startUpstream, type TestUpstream } from "../support/upstream.ts";
import { runningWorkshop, startWorld, type World } from "../support/world.ts";

const GOOD = "sk-ant-good-9876543210-9876543210-9876543210";
/** Of one answer, by the price file's haiku: 100,000 and 1000 tokens. */
const ANSWER_USD = 0.105;
const CAP_USD = 1;

let upstream: TestUpstream;
let world: World;
beforeAll(async () => {
  upstream = startUpstream();
  upstream.takeOnly(GOOD);
  upstream.behave(says("I am here.", { inputTokens: 100_000, outputTokens: 1000 }));
  world = await startWorld({ CLARATEACH_LLM_URL: upstream.url });
});
afterAll(async () => {
  await world?.end();
  await upstream?.end();
});

/** One question of the seat's shell. */
async function asker(learner: Learner): Promise<() => Promise<"answered" | "refused">> {
  const terminal = await learner.terminal();
  terminal.resize(300, 50);
  await terminal.run("until stty size | grep -q 300; do sleep 0.1; done; echo wide-$((40+2))", "wide-42");
  const line = `curl -s "$ANTHROPIC_BASE_URL/v1/messages" -H "Authorization: Bearer $ANTHROPIC_AUTH_TOKEN" -d '{"model":"claude-haiku-4-5","stream":true}'`;
  let question = 0;
  return async () => {
    const mark = ++question;
    const said = await terminal.run(`clear; ${line}; echo over-$((${mark}+1000))`, `over-${mark + 1000}`);
    if (said.includes("I am here.")) return "answered";
    expect(said).toContain("Your class's budget is used up.");
    return "refused";
  };
}

test("what one machine doesn't use of the class's cap moves to the other, none is used twice, and the receipt has both", async () => {
  const { id, code } = await runningWorkshop(world, { seats: 11 });
  const learners: Learner[] = [];
  for (let seat = 1; seat <= 11; seat++) learners.push(await join(world, { code }));
  expect((await world.api(`/api/workshops/${id}/key`, { method: "PUT", json: { apiKey: GOOD } })).status).toBe(204);
  const llm = async () => (await world.api(`/api/workshops/${id}/llm`)).body;
  await until("the key on both", async () => (await llm()).state === "ok");
  const patch = (json: object) => world.api(`/api/workshops/${id}/llm`, { method: "PATCH", json });
  expect((await patch({ workshopUsd: CAP_USD, seatUsd: 50 })).status).toBe(200);

  const [first, second] = [await asker(learners[0] as Learner), await asker(learners[10] as Learner)];
  expect(await first()).toBe("answered");
  // Her machine's half is five answers; with what the other machine leaves, the whole cap is hers.
  const used = await until("the cap to be used up on machine 2", async () => {
    await second();
    const { usd } = await llm();
    return usd > CAP_USD - ANSWER_USD && (usd as number);
  });
  expect(used).toBeLessThan(CAP_USD + 2 * ANSWER_USD);
  await until("both machines to have nothing left", async () => (await first()) === "refused" && (await second()) === "refused");
  const { usd, seats } = await llm();
  expect(usd).toBeLessThan(CAP_USD + 2 * ANSWER_USD + 0.001);
  expect(seats[10].usd).toBeGreaterThan(CAP_USD / 2 + ANSWER_USD);

  expect((await patch({ workshopUsd: 2 * CAP_USD })).status).toBe(200);
  await until("an answer on machine 1", async () => (await first()) === "answered");
  await until("an answer on machine 2", async () => (await second()) === "answered");
  expect((await world.api(`/api/workshops/${id}/stop`, { method: "POST" })).body.status).toBe("stopped");
  const { receipt } = (await world.api(`/api/workshops/${id}`)).body;
  expect(receipt.llm.seats.map(({ seat }: { seat: number }) => seat)).toEqual([1, 11]);
  const sum = receipt.llm.seats.reduce((all: number, { usd }: { usd: number }) => all + usd, 0);
  expect(receipt.llm.usd).toBeCloseTo(sum, 3);
});
