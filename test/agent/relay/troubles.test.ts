import { afterEach, beforeEach, expect, test } from "bun:test";
import { STREAMS_PER_SEAT } from "../../../agent/relay/queue.ts";
import { putKey, sentence, startRelay, type TestRelay } from "../../support/relay.ts";
import { until } from "../../support/until.ts";
import { cutAfter, fails, says, saysWhen, startUpstream, staysSilent } from "../../support/upstream.ts";

let at: TestRelay;
beforeEach(async () => {
  at = await startRelay();
  await putKey(at.relay);
});
afterEach(() => at.end());

test("who stops asking stops the upstream; a pause stops answers in their middle, with the sentence", async () => {
  const never = new Promise<undefined>(() => {});
  const pieces: (() => Promise<string | undefined>)[] = [];
  at.upstream.behave(saysWhen(async () => (await (pieces.shift() ?? (() => never))()) as string | undefined));
  pieces.push(async () => "one");
  const stopping = new AbortController();
  const first = await at.ask(1, { signal: stopping.signal });
  const asked = at.upstream.messages().at(-1);
  await first.body?.getReader().read();
  stopping.abort();
  await until("the upstream to hear of it", () => asked?.gone.aborted);
  pieces.push(async () => "two");
  const second = await at.ask(2);
  const [text] = await Promise.all([
    second.text(),
    until("it to run", () => at.upstream.messages().at(-1) !== asked).then(() => at.wish({ paused: true })),
  ]);
  expect(text).toEndWith(
    'event: error\ndata: {"type":"error","error":{"type":"billing_error","message":"Claude is paused for now. Your instructor will let it go on."}}\n\n',
  );
  await until("that to reach the upstream too", () => at.upstream.messages().at(-1)?.gone.aborted);
});

test("each trouble of the upstream is a state with a sentence, and heals", async () => {
  const troubles: [ReturnType<typeof fails>, number, string, string][] = [
    [fails(401, "authentication_error", "invalid x-api-key"), 402, "refused", "The class's key is refused."],
    [fails(403, "permission_error", "revoked"), 402, "refused", "The class's key is refused."],
    [fails(402, "billing_error", "no money"), 402, "no-credit", "out of credit"],
    [fails(400, "invalid_request_error", "Your credit balance is too low to access"), 402, "no-credit", "out of credit"],
    [fails(429, "rate_limit_error", "slow down", { "retry-after": "0" }), 429, "limited", "slow down"],
    [fails(529, "overloaded_error", "Overloaded"), 529, "limited", "Overloaded"],
    [fails(500, "api_error", "oops"), 500, "unreachable", "oops"],
    [() => Response.redirect("http://elsewhere.example/", 302), 402, "unreachable", "can't be reached"],
    [fails(429, "rate_limit_error", "slow down", { "retry-after": "61" }), 402, "limited", "Ask again in 2 minutes."],
  ];
  for (const [trouble, status, state, words] of troubles) {
    at.upstream.behave(trouble);
    const answer = await at.ask(1);
    expect(answer.status).toBe(status);
    expect(await sentence(answer)).toContain(words);
    const { since, ...report } = at.relay.report();
    expect(report.state, words).toBe(state as never);
    expect(Date.parse(since ?? "")).toBeGreaterThan(0);
    at.upstream.behave(says("Fine again."));
    // Another key isn't held back by what was said to the one before.
    await putKey(at.relay);
    expect((await at.ask(1)).status).toBe(200);
    expect(at.relay.report().state).toBe("ok");
  }
  at.upstream.behave(fails(404, "not_found_error", "no such model"));
  expect((await at.ask(1)).status).toBe(404);
  expect(at.relay.report().state).toBe("ok");
});

test("a key is tried when it comes, replaced in the middle of it all, and missed when there is none", async () => {
  const fresh = await startRelay(1, at.upstream);
  expect(fresh.relay.report().state).toBe("no-key");
  const answer = await fresh.ask(1);
  expect([answer.status, answer.headers.get("x-should-retry")]).toEqual([402, "false"]);
  expect(await sentence(answer)).toContain("no key");
  at.upstream.takeOnly("sk-good-one");
  await putKey(fresh.relay, "sk-wrong-one");
  await until("it to be refused", () => fresh.relay.report().state === "refused");
  await putKey(fresh.relay, "sk-good-one");
  await until("the good one to be taken", () => fresh.relay.report().state === "ok");
  expect((await fresh.ask(1)).status).toBe(200);
  for (const wrong of ["abc", "with space", "x\ny", 7]) expect(putKey(fresh.relay, wrong as string)).rejects.toThrow("apiKey");
  await fresh.relay.close();
});

test("an upstream that is away is a sentence at once, and is found again without anybody's doing", async () => {
  const port = Number(new URL(at.upstream.url).port);
  await at.upstream.end();
  const answer = await at.ask(1);
  expect([answer.status, answer.headers.get("x-should-retry")]).toEqual([402, "false"]);
  expect(await sentence(answer)).toContain("can't be reached");
  expect(at.relay.report()).toMatchObject({ state: "unreachable" });
  const back = startUpstream(port);
  expect((await at.ask(1)).status).toBe(200);
  expect(at.relay.report().state).toBe("ok");
  await back.end();
});

test("answers that are cut again and again aren't asked for without end: the learner hears of it, and may ask anew", async () => {
  at.upstream.behave(cutAfter(["a"]));
  for (const _ of [1, 2, 3]) await (await at.ask(1)).text().catch(() => {});
  const before = at.upstream.messages().length;
  const answer = await at.ask(1);
  expect([answer.status, await sentence(answer)]).toEqual([402, expect.stringContaining("break off")]);
  expect(at.upstream.messages().length).toBe(before);
  at.upstream.behave(says("Whole again."));
  expect(await (await at.ask(1)).text()).toContain("Whole again.");
});

test("an upstream that takes the request and says nothing is a sentence once it is hopeless", async () => {
  const fresh = await startRelay(1, at.upstream, { beginsWithinMs: 100 });
  await putKey(fresh.relay);
  at.upstream.behave(staysSilent);
  const answer = await fresh.ask(1);
  expect([answer.status, await sentence(answer)]).toEqual([402, expect.stringContaining("doesn't answer")]);
  await fresh.relay.close();
});

test("a slow upstream is told to the instructor while its answer is waited for, and that comes", async () => {
  const fresh = await startRelay(1, at.upstream, { slowAfterMs: 100 });
  await putKey(fresh.relay);
  const { promise, resolve } = Promise.withResolvers<void>();
  at.upstream.behave(async (got) => {
    await promise;
    return says("Here it is, late.")(got);
  });
  const answer = fresh.ask(1);
  await until("it to be told", () => fresh.relay.report().message === "no answer for 0.1 s");
  resolve();
  expect(await (await answer).text()).toContain("Here it is, late.");
  expect(fresh.relay.report().state).toBe("ok");
  await fresh.relay.close();
});

test("who gives up before the first byte frees his place", async () => {
  at.upstream.behave(staysSilent);
  const stopping = new AbortController();
  const many = Array.from({ length: 30 }, () => at.ask(1, { signal: stopping.signal }).catch(() => "gone"));
  await until("the seat's places to be taken", () => at.upstream.messages().length === STREAMS_PER_SEAT);
  at.upstream.behave(says("Hello, neighbour."));
  expect(await (await at.ask(2)).text()).toContain("neighbour");
  stopping.abort();
  expect(await Promise.all(many)).toEqual(many.map(() => "gone"));
  await until("the upstream to hear of all", () =>
    at.upstream
      .messages()
      .slice(0, STREAMS_PER_SEAT)
      .every(({ gone }) => gone.aborted),
  );
  expect(await (await at.ask(1)).text()).toContain("neighbour");
});
