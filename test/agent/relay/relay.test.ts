import { afterEach, beforeEach, expect, test } from "bun:test";
import { rawAnswer } from "../../support/raw-answer.ts";
import { KEY, putKey, sentence, startRelay, type TestRelay } from "../../support/relay.ts";
import { callsTool, echoes, says, saysWhen, streamOf } from "../../support/upstream.ts";

let at: TestRelay;
beforeEach(async () => {
  at = await startRelay();
  await putKey(at.relay);
});
afterEach(() => at.end());

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
  const headers = Object.fromEntries(at.upstream.messages().at(-1)?.headers ?? []);
  expect(headers).toMatchObject({ "x-api-key": KEY, "anthropic-beta": "a-2025,b-2026", "x-app": "cli" });
  for (const name of ["cookie", "x-forwarded-for", "forwarded", "x-mine", "proxy-authorization", "te", "anthropic-hop"])
    expect(headers[name]).toBeUndefined();
  expect(JSON.stringify(headers)).not.toContain(at.token(1));
  expect(headers.host).toBe(new URL(at.upstream.url).host);
  expect(at.upstream.messages().at(-1)?.path).toBe("/v1/messages?beta=true");
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
  const before = at.upstream.messages().length;
  const others = ["/v1/files", "/v1/organizations/x", "/", "/v1/messages/batches", "//v1/messages", "/v1/models/../files"];
  for (const path of others) expect((await at.ask(1, { path, method: "GET" })).status, path).toBe(404);
  for (const method of ["GET", "PUT", "DELETE"]) expect((await at.ask(1, { method })).status, method).toBe(404);
  expect(at.upstream.messages().length).toBe(before);
});

test("who names another server, or wants a tunnel, isn't served", async () => {
  const before = at.upstream.messages().length;
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
  expect(at.upstream.messages().length).toBe(before);
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
    expect(at.upstream.messages().at(-1)?.headers.get("x-api-key"), String(status)).toBe(KEY);
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

test("bodies of megabytes and packed ones arrive as they were sent; packed answers are read and counted", async () => {
  const large = JSON.stringify({
    messages: [{ role: "user", content: "ä".repeat(6 * 2 ** 20) }],
    stream: true,
    model: "claude-haiku-4-5",
  });
  expect(await (await at.ask(1, { body: large })).text()).toContain("message_stop");
  expect(Buffer.compare(Buffer.from(at.upstream.messages().at(-1)?.body ?? []), Buffer.from(large))).toBe(0);
  const packed = Bun.gzipSync(large.slice(0, -1).concat(',"x":1}'));
  at.upstream.behave(() => {
    const body = Bun.gzipSync(Buffer.from(streamOf("claude-haiku-4-5", ["packed"], { inputTokens: 77 }).join("")));
    return new Response(body, { headers: { "content-type": "text/event-stream", "content-encoding": "gzip" } });
  });
  const answer = await at.ask(2, { body: packed, headers: { "content-encoding": "gzip" } });
  expect(await answer.text()).toContain('"packed"');
  expect(at.upstream.messages().at(-1)?.headers.get("content-encoding")).toBe("gzip");
  expect(Buffer.compare(Buffer.from(at.upstream.messages().at(-1)?.body ?? []), Buffer.from(packed))).toBe(0);
  expect(at.relay.own(2)).toMatchObject({ inputTokens: 77 });
});

test("a tool's call and its result pass like text", async () => {
  at.upstream.behave(callsTool("Bash", { command: "ls" }, says("Two files.")));
  const ask = async (messages: object[]) =>
    (await at.ask(1, { body: { model: "claude-haiku-4-5", stream: true, messages } })).text();
  expect(await ask([{ role: "user", content: "What is here?" }])).toContain('"stop_reason":"tool_use"');
  const result = [{ type: "tool_result", tool_use_id: "toolu_1", content: "a b" }];
  expect(await ask([{ role: "user", content: result }])).toContain("Two files.");
});
