import { afterEach, beforeEach, expect, test } from "bun:test";
import { STREAMS_PER_SEAT } from "../../../agent/relay/queue.ts";
import { rawAnswer } from "../../support/raw-answer.ts";
import { KEY, putKey, startRelay, type TestRelay } from "../../support/relay.ts";
import { until } from "../../support/until.ts";
import {
  callsTool,
  cutAfter,
  echoes,
  fails,
  says,
  saysWhen,
  startUpstream,
  staysSilent,
  streamOf,
} from "../../support/upstream.ts";

let at: TestRelay;
beforeEach(async () => {
  at = await startRelay();
  await putKey(at.relay);
});
afterEach(() => at.end());

const sentence = async (answer: Response): Promise<string> =>
  ((await answer.json()) as { error: { message: string } }).error.message;
const messages = () => at.upstream.got.filter(({ path }) => path.startsWith("/v1/messages"));
const newest = () => messages().at(-1);

test("an answer passes byte for byte; the key goes up, what the seat sent as its own doesn't", async () => {
  const pieces = ["Grüße, ", "日本", "! ".repeat(5000)];
  at.upstream.behave(says(pieces));
  const answer = await at.ask(1, {
    headers: {
      ...{ "x-api-key": "mine", cookie: "a=b", "x-forwarded-for": "1.2.3.4", forwarded: "for=1.2.3.4", "x-mine": "1" },
      ...{ "anthropic-beta": "a-2025,b-2026", "x-app": "cli", "proxy-authorization": "Basic eA==" },
      ...{ te: "trailers", "anthropic-hop": "1", connection: "keep-alive, anthropic-hop" },
    },
  });
  expect(answer.status).toBe(200);
  const bare = (text: string) => text.replace(/msg_\w+/, "msg");
  expect(bare(await answer.text())).toBe(bare(streamOf("claude-haiku-4-5", pieces).join("")));
  const headers = Object.fromEntries(newest()?.headers ?? []);
  expect(headers).toMatchObject({ "x-api-key": KEY, "anthropic-beta": "a-2025,b-2026", "x-app": "cli" });
  for (const name of ["cookie", "x-forwarded-for", "forwarded", "x-mine", "proxy-authorization", "te", "anthropic-hop"])
    expect(headers[name]).toBeUndefined();
  expect(JSON.stringify(headers)).not.toContain(at.token(1));
  expect(headers.host).toBe(new URL(at.upstream.url).host);
  expect(newest()?.path).toBe("/v1/messages?beta=true");
});

test("the first piece is there before the second is said", async () => {
  const second = Promise.withResolvers<string>();
  const pieces = [Promise.resolve("one"), second.promise, Promise.resolve(undefined)];
  at.upstream.behave(saysWhen(async () => pieces.shift()));
  const reader = ((await at.ask(1)).body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  while (!text.includes('"one"')) text += Buffer.from((await reader.read()).value ?? []).toString();
  second.resolve("two");
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) text += Buffer.from(piece.value).toString();
  expect(text).toContain('"two"');
  expect(text).toEndWith('data: {"type":"message_stop"}\n\n');
});

test("only what the CLI asks for is passed on, whatever the query says", async () => {
  expect((await at.ask(1, { path: "/v1/messages/count_tokens?x=1" })).status).toBe(200);
  expect((await at.ask(1, { path: "/v1/models?limit=1000", method: "GET" })).status).toBe(200);
  expect((await fetch(`${at.address(1)}/api/hello`, { method: "HEAD" })).status).toBe(200);
  expect(at.upstream.got.at(-1)?.headers.get("x-api-key")).toBeNull();
  const before = messages().length;
  const others = ["/v1/files", "/v1/organizations/x", "/", "/v1/messages/batches", "//v1/messages", "/v1/models/../files"];
  for (const path of others) expect((await at.ask(1, { path, method: "GET" })).status, path).toBe(404);
  for (const method of ["GET", "PUT", "DELETE"]) expect((await at.ask(1, { method })).status, method).toBe(404);
  expect(messages().length).toBe(before);
});

test("who names another server, or wants a tunnel, isn't served", async () => {
  const before = messages().length;
  const port = new URL(at.address(1)).port;
  const bearer = `Authorization: Bearer ${at.token(1)}\r\nConnection: close`;
  const body = 'Content-Length: 13\r\n\r\n{"model":"m"}';
  const asItShouldBe = `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${bearer}\r\n${body}`;
  for (const request of [
    `POST http://elsewhere.example/v1/messages HTTP/1.1\r\nHost: elsewhere.example\r\n${bearer}\r\n${body}`,
    `POST /v1/messages HTTP/1.1\r\nHost: elsewhere.example\r\n${bearer}\r\n${body}`,
    `CONNECT 127.0.0.1:${port} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${bearer}\r\n\r\n`,
    `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${bearer}\r\nTransfer-Encoding: chunked\r\n${body}`,
  ]) {
    const answer = await rawAnswer(Number(port), request);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  }
  expect(messages().length).toBe(before);
  expect(await rawAnswer(Number(port), asItShouldBe)).toStartWith("HTTP/1.1 200 ");
});

test("a token is worth nothing but at its own seat, in its own generation, while the class goes on", async () => {
  expect((await at.ask(1, { token: at.token(2) })).status).toBe(401);
  expect((await at.ask(1, { token: "nonsense" })).status).toBe(401);
  expect((await fetch(`${at.address(1)}/v1/messages`, { method: "POST", body: "{}" })).status).toBe(401);
  const old = at.token(1);
  at.document.seats[0] = { seat: 1, generation: 2, freshSince: 2 };
  at.relay.look();
  const stale = await at.ask(1, { token: old });
  expect(stale.status).toBe(402);
  expect(stale.headers.get("x-should-retry")).toBe("false");
  expect(await sentence(stale)).toContain("Open another terminal");
  expect((await at.ask(1, { token: at.token(1, 2) })).status).toBe(200);
  at.document.phase = "ending";
  const ended = await at.ask(1, { token: at.token(1, 2) });
  expect(ended.status).toBe(402);
  expect(await sentence(ended)).toBe("The class has ended.");
});

test("the key comes back by no answer, also where the upstream sends every header back", async () => {
  for (const status of [200, 400, 401, 404, 429, 500, 529]) {
    at.upstream.behave(echoes(status));
    const answer = await at.ask(1);
    const all = JSON.stringify([...answer.headers]) + (await answer.text());
    expect(all, String(status)).not.toContain(KEY);
    expect(newest()?.headers.get("x-api-key"), String(status)).toBe(KEY);
  }
  expect(JSON.stringify(at.relay.report())).not.toContain(KEY);
  // Cut anywhere between two pieces of a stream.
  const [first, second] = [KEY.slice(0, 7), KEY.slice(7)];
  at.upstream.behave(() => {
    const pieces = ["x", first, second, "y", KEY + KEY.slice(0, 3)];
    const body = new ReadableStream({
      pull: async (controller) => {
        const next = pieces.shift();
        if (next === undefined) return controller.close();
        controller.enqueue(Buffer.from(next));
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  expect(await (await at.ask(1)).text()).toBe(`x${"*".repeat(KEY.length)}y${"*".repeat(KEY.length)}${KEY.slice(0, 3)}`);
});

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
  const before = messages().length;
  const tricks = [
    '{"model":"claude-haiku-4-5","model":"claude-opus-5-5"}',
    '{"mo\\u0064el":"claude-opus-5-5","x":"\\"model\\":"}',
    `{"model":"claude-haiku-4-5","pad":"${"x".repeat(3_000_000)}","\\u006dodel":"claude-opus-5-5"}`,
    '[{"model":"claude-haiku-4-5"}]',
    '{"messages":[{"model":"claude-haiku-4-5"}]}',
    "not json",
  ];
  for (const body of tricks) expect((await at.ask(1, { body })).ok, body.slice(0, 80)).toBe(false);
  expect(messages().length).toBe(before);
  const packed = Bun.gzipSync('{"model":"claude-opus-5-5"}');
  expect((await at.ask(1, { body: packed, headers: { "content-encoding": "gzip" } })).status).toBe(402);
  expect((await at.ask(1, { body: packed, headers: { "content-encoding": "rot13" } })).status).toBe(400);
});

test("bodies of megabytes and packed ones arrive as they were sent; packed answers are read and counted", async () => {
  const large = JSON.stringify({
    messages: [{ role: "user", content: "ä".repeat(6 * 2 ** 20) }],
    stream: true,
    model: "claude-haiku-4-5",
  });
  expect(await (await at.ask(1, { body: large })).text()).toContain("message_stop");
  expect(Buffer.compare(Buffer.from(newest()?.body ?? []), Buffer.from(large))).toBe(0);
  const packed = Bun.gzipSync(large.slice(0, -1).concat(',"x":1}'));
  at.upstream.behave(() => {
    const body = Bun.gzipSync(Buffer.from(streamOf("claude-haiku-4-5", ["packed"], { inputTokens: 77 }).join("")));
    return new Response(body, { headers: { "content-type": "text/event-stream", "content-encoding": "gzip" } });
  });
  const answer = await at.ask(2, { body: packed, headers: { "content-encoding": "gzip" } });
  expect(await answer.text()).toContain('"packed"');
  expect(newest()?.headers.get("content-encoding")).toBe("gzip");
  expect(Buffer.compare(Buffer.from(newest()?.body ?? []), Buffer.from(packed))).toBe(0);
  expect(at.relay.own(2)).toMatchObject({ inputTokens: 77 });
});

test("who stops asking stops the upstream; a pause stops answers in their middle, with the sentence", async () => {
  const never = new Promise<undefined>(() => {});
  const pieces: (() => Promise<string | undefined>)[] = [];
  at.upstream.behave(saysWhen(async () => (await (pieces.shift() ?? (() => never))()) as string | undefined));
  pieces.push(async () => "one");
  const stopping = new AbortController();
  const first = await at.ask(1, { signal: stopping.signal });
  const asked = newest();
  await first.body?.getReader().read();
  stopping.abort();
  await until("the upstream to hear of it", () => asked?.gone.aborted);
  pieces.push(async () => "two");
  const second = await at.ask(2);
  const [text] = await Promise.all([
    second.text(),
    until("it to run", () => newest() !== asked).then(() => at.wish({ paused: true })),
  ]);
  expect(text).toEndWith(
    'event: error\ndata: {"type":"error","error":{"type":"billing_error","message":"Claude is paused for now. Your instructor will let it go on."}}\n\n',
  );
  await until("that to reach the upstream too", () => newest()?.gone.aborted);
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
  const before = messages().length;
  const answer = await at.ask(1);
  expect([answer.status, await sentence(answer)]).toEqual([402, expect.stringContaining("break off")]);
  expect(messages().length).toBe(before);
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

test("a tool's call and its result pass like text", async () => {
  at.upstream.behave(callsTool("Bash", { command: "ls" }, says("Two files.")));
  const ask = async (messages: object[]) =>
    (await at.ask(1, { body: { model: "claude-haiku-4-5", stream: true, messages } })).text();
  expect(await ask([{ role: "user", content: "What is here?" }])).toContain('"stop_reason":"tool_use"');
  const result = [{ type: "tool_result", tool_use_id: "toolu_1", content: "a b" }];
  expect(await ask([{ role: "user", content: result }])).toContain("Two files.");
});

test("who gives up before the first byte frees his place", async () => {
  at.upstream.behave(staysSilent);
  const stopping = new AbortController();
  const many = Array.from({ length: 30 }, () => at.ask(1, { signal: stopping.signal }).catch(() => "gone"));
  await until("the seat's places to be taken", () => messages().length === STREAMS_PER_SEAT);
  at.upstream.behave(says("Hello, neighbour."));
  expect(await (await at.ask(2)).text()).toContain("neighbour");
  stopping.abort();
  expect(await Promise.all(many)).toEqual(many.map(() => "gone"));
  await until("the upstream to hear of all", () =>
    messages()
      .slice(0, STREAMS_PER_SEAT)
      .every(({ gone }) => gone.aborted),
  );
  expect(await (await at.ask(1)).text()).toContain("neighbour");
});
