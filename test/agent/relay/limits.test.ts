import { afterEach, beforeEach, expect, test } from "bun:test";
import { putKey, sentence, startRelay, type TestRelay } from "../../support/relay.ts";
import { until } from "../../support/until.ts";
import { cutAfter, says } from "../../support/upstream.ts";

let at: TestRelay;
beforeEach(async () => {
  at = await startRelay();
  await putKey(at.relay);
});
afterEach(() => at.end());

test("what seats use is counted by model while it streams, and kept by the next agent", async () => {
  at.upstream.behave(says("Hi.", { inputTokens: 1000, outputTokens: 200, cacheWriteTokens: 400, cacheReadTokens: 5000 }));
  await (await at.ask(1)).text();
  const whole = await at.ask(2, { body: { model: "claude-sonnet-5-5", messages: [] } });
  expect(((await whole.json()) as { content: unknown[] }).content).toHaveLength(1);
  const [one, two] = at.relay.report().seats;
  expect(one).toMatchObject({ requests: 1, inputTokens: 1000, outputTokens: 200, cacheWriteTokens: 400, cacheReadTokens: 5000 });
  // 1000 × 1 + 200 × 5 + 400 × 1.25 + 5000 × 0.1 for a million each
  expect(one?.usd).toBeCloseTo(0.003, 9);
  expect(two?.models).toMatchObject([{ model: "claude-sonnet-5-5", requests: 1, inputTokens: 1000 }]);
  const next = await at.again();
  expect(next.relay.report().seats).toEqual([one, two] as never);
  at = next;
});

test("an answer that is cut midway counts what was used; one sent again counts again", async () => {
  at.upstream.behave(cutAfter(["a".repeat(4000)], { inputTokens: 700 }));
  for (const _ of [1, 2]) await (await at.ask(1)).text().catch(() => {});
  await until("both to be counted", () => at.relay.own(1).outputTokens >= 2000);
  expect(at.relay.own(1)).toMatchObject({ requests: 2, inputTokens: 1400, outputTokens: 2000 });
});

test("a model without a price makes the money unknown, and its tokens count", async () => {
  at.upstream.behave(says("Hi.", { inputTokens: 6_000_000 }));
  const ask = () => at.ask(1, { body: { model: "qwen-local", stream: true } });
  for (const _ of [1, 2]) expect((await (await ask()).text()).length).toBeGreaterThan(0);
  expect(at.relay.own(1)).toMatchObject({ usd: null, limitUsd: 5, inputTokens: 12_000_000 });
  expect(await sentence(await ask())).toBe("Your seat's budget is used up. Ask your instructor.");
  at.wish({ seat: { usd: 5, tokens: 100_000_000 } });
  expect((await ask()).status).toBe(200);
});

test("caps, pause and models are in force with the next request, and lifted the same way", async () => {
  at.upstream.behave(says("Hi.", { inputTokens: 1_000_000 }));
  await (await at.ask(1)).text();
  const refused = async (seat: number) => {
    const answer = await at.ask(seat);
    expect(answer.status).toBe(402);
    expect(answer.headers.get("x-should-retry")).toBe("false");
    const { type, error } = (await answer.json()) as { type: string; error: { type: string; message: string } };
    expect([type, error.type]).toEqual(["error", "billing_error"]);
    return error.message;
  };
  at.wish({ seat: { usd: 1 } });
  expect(await refused(1)).toBe("Your seat's budget is used up. Ask your instructor.");
  expect((await at.ask(2)).status).toBe(200);
  at.wish({ seat: { usd: 1 }, seats: [{ seat: 1, usd: 2 }] });
  await (await at.ask(1)).text();
  expect(await refused(1)).toContain("used up");
  at.wish({ machine: { usd: 3 }, seat: { usd: 100 } });
  expect(await refused(2)).toBe("Your class's budget is used up. Ask your instructor.");
  at.wish({ machine: { tokens: 100_000_000 }, seat: { usd: 100 }, seats: [{ seat: 2, paused: true }] });
  expect(await refused(2)).toContain("paused");
  expect((await at.ask(1)).status).toBe(200);
  at.wish({ paused: true });
  expect(await refused(1)).toContain("paused");
  expect(at.relay.report()).toMatchObject({ state: "paused", seats: [{ paused: true }, { paused: true }] });
  at.wish({ models: ["claude-sonnet-5-5"], seat: { usd: 100 } });
  expect(await refused(1)).toBe("This class uses claude-sonnet-5-5, not claude-haiku-4-5. Choose with /model.");
  expect((await at.ask(1, { body: { model: "claude-sonnet-5-5" } })).status).toBe(200);
  at.wish({ seat: { usd: 100 } });
  expect((await at.ask(1)).status).toBe(200);
});

test("a second model behind an allowed one doesn't get through, however it is written", async () => {
  at.wish({ models: ["claude-haiku-4-5"] });
  const before = at.upstream.messages().length;
  const tricks = [
    '{"model":"claude-haiku-4-5","model":"claude-opus-5-5"}',
    '{"mo\\u0064el":"claude-opus-5-5","x":"\\"model\\":"}',
    `{"model":"claude-haiku-4-5","pad":"${"x".repeat(3_000_000)}","\\u006dodel":"claude-opus-5-5"}`,
    '[{"model":"claude-haiku-4-5"}]',
    '{"messages":[{"model":"claude-haiku-4-5"}]}',
    "not json",
  ];
  for (const body of tricks) expect((await at.ask(1, { body })).ok, body.slice(0, 80)).toBe(false);
  expect(at.upstream.messages().length).toBe(before);
  const packed = Bun.gzipSync('{"model":"claude-opus-5-5"}');
  expect((await at.ask(1, { body: packed, headers: { "content-encoding": "gzip" } })).status).toBe(402);
  expect((await at.ask(1, { body: packed, headers: { "content-encoding": "rot13" } })).status).toBe(400);
});
