import { afterEach, beforeEach, expect, test } from "bun:test";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { CONNECTIONS } from "../../../agent/relay/listener.ts";
import { STREAMS_PER_SEAT } from "../../../agent/relay/queue.ts";
import { rawAnswer } from "../../support/raw-answer.ts";
import { KEY, putKey, startRelay, type TestRelay } from "../../support/relay.ts";
import { until } from "../../support/until.ts";
import { fails, says, saysWhen, startUpstream, staysSilent, streamOf } from "../../support/upstream.ts";

let at: TestRelay;
beforeEach(async () => {
  at = await startRelay();
  await putKey(at.relay);
  await until("the key to be tried", () => at.upstream.got.length === 1);
});
afterEach(() => at.end());

const port = (seat = 1) => Number(new URL(at.address(seat)).port);
const head = (seat = 1) => `Host: 127.0.0.1:${port(seat)}\r\nAuthorization: Bearer ${at.token(seat)}`;
const BODY = '{"model":"m"}';
const LENGTH = "Content-Length: 13";
test("a request that can be read in two ways is refused, and nothing of it goes on", async () => {
  const before = at.upstream.got.length;
  const chunked = `Transfer-Encoding: chunked\r\n\r\nd\r\n${BODY}\r\n0\r\n`;
  const tricks: Record<string, string> = {
    "two lengths": `POST /v1/messages HTTP/1.1\r\n${head()}\r\n${LENGTH}\r\nContent-Length: 5\r\n\r\n${BODY}`,
    "a length twice": `POST /v1/messages HTTP/1.1\r\n${head()}\r\n${LENGTH}\r\n${LENGTH}\r\n\r\n${BODY}`,
    "a length with a sign": `POST /v1/messages HTTP/1.1\r\n${head()}\r\nContent-Length: +13\r\n\r\n${BODY}`,
    "length and chunks": `POST /v1/messages HTTP/1.1\r\n${head()}\r\n${LENGTH}\r\n${chunked}\r\n`,
    "unknown coding": `POST /v1/messages HTTP/1.1\r\n${head()}\r\nTransfer-Encoding: xchunked\r\n\r\nd\r\n${BODY}\r\n0\r\n\r\n`,
    "a space before the colon": `POST /v1/messages HTTP/1.1\r\n${head()}\r\nContent-Length : 13\r\n\r\n${BODY}`,
    trailers: `POST /v1/messages HTTP/1.1\r\n${head()}\r\n${chunked}x-api-key: mine\r\nanthropic-beta: mine\r\n\r\n`,
    "a folded header": `POST /v1/messages HTTP/1.1\r\n${head()}\r\nanthropic-beta: a\r\n x-api-key: mine\r\n${LENGTH}\r\n\r\n${BODY}`,
    "two hosts": `POST /v1/messages HTTP/1.1\r\n${head()}\r\nHost: elsewhere.example\r\n${LENGTH}\r\n\r\n${BODY}`,
    "no host": `POST /v1/messages HTTP/1.1\r\nAuthorization: Bearer ${at.token(1)}\r\n${LENGTH}\r\n\r\n${BODY}`,
    "two tokens": `POST /v1/messages HTTP/1.1\r\n${head()}\r\nAuthorization: Bearer x\r\n${LENGTH}\r\n\r\n${BODY}`,
    "a head without end": `POST /v1/messages HTTP/1.1\r\n${head()}\r\nanthropic-beta: ${"x".repeat(100_000)}\r\n${LENGTH}\r\n\r\n${BODY}`,
    "an encoded path": `POST /v1/%6dessages HTTP/1.1\r\n${head()}\r\n${LENGTH}\r\n\r\n${BODY}`,
    "two slashes": `POST //v1/messages HTTP/1.1\r\n${head()}\r\n${LENGTH}\r\n\r\n${BODY}`,
    "a way up": `POST /v1/messages/..%2ffiles HTTP/1.1\r\n${head()}\r\n${LENGTH}\r\n\r\n${BODY}`,
  };
  for (const [name, trick] of Object.entries(tricks)) expect(await rawAnswer(port(), trick), name).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(at.upstream.got.slice(before).map(({ path }) => path)).toEqual([]);
  expect(at.relay.report().state).toBe("ok");
});

test("what is asked of another server by its whole address, or with an upgrade, reaches only the upstream, as a plain request", async () => {
  for (const [line, more] of [
    ["POST http://elsewhere.example/v1/messages?x=%0d%0aa:%20b", ""],
    ["POST /v1/messages", "Connection: upgrade, x-stainless-os\r\nUpgrade: h2c\r\nx-stainless-os: Linux\r\n"],
  ]) {
    const answer = await rawAnswer(port(), `${line} HTTP/1.1\r\n${head()}\r\n${more}${LENGTH}\r\n\r\n${BODY}`);
    expect(answer).toStartWith("HTTP/1.1 200 ");
    const got = at.upstream.got.at(-1);
    expect(got?.path).toStartWith("/v1/messages");
    expect(got?.headers.get("host")).toBe(new URL(at.upstream.url).host);
    for (const name of ["upgrade", "x-stainless-os", "a"]) expect(got?.headers.get(name)).toBeNull();
  }
});

test("a model named like something that every object has is counted, and lifts no cap", async () => {
  for (const model of ["constructor", "__proto__", "toString"]) {
    at.upstream.behave(says("Hi.", { inputTokens: 1000 }));
    await (await at.ask(1, { body: { model, stream: true } })).text();
  }
  expect(at.relay.own(1)).toMatchObject({ requests: 3, inputTokens: 3000 });
  at = await at.again();
  await putKey(at.relay);
  expect(at.relay.own(1)).toMatchObject({ requests: 3, inputTokens: 3000 });
  at.wish({ machine: { tokens: 1000 } });
  for (const seat of [1, 2]) expect((await at.ask(seat)).status).toBe(402);
});

test("a second model is found in a later piece, under the name of no packing, and in letters of another size", async () => {
  at.wish({ models: ["claude-haiku-4-5"] });
  const allowed = '{"model":"claude-haiku-4-5","messages":[]';
  const before = at.upstream.got.length;
  const tricks: [string, string, Record<string, string>][] = [
    // Longer than what is read at once.
    ["identity", `${allowed},"pad":"${"x".repeat(3_000_000)}","model":"claude-opus-5-5"}`, { "content-encoding": "identity" }],
    ["large letters", `${allowed},"Model":"claude-opus-5-5"}`, {}],
    ["a comment", '{"model":"claude-haiku-4-5", /* " */ "model":"claude-opus-5-5" /* " */}', {}],
  ];
  for (const [name, body, headers] of tricks) {
    const answer = await at.ask(1, { body, headers });
    expect([answer.status, await answer.text()], name).toEqual([400, expect.stringContaining("can't be read")]);
  }
  expect(at.upstream.got.length).toBe(before);
  // In a second part of a packed body.
  const parts = [allowed, ',"model":"claude-opus-5-5"}'];
  for (const [encoding, pack] of Object.entries({
    gzip: gzipSync,
    deflate: deflateSync,
    br: brotliCompressSync,
    zstd: zstdCompressSync,
  })) {
    const body = Buffer.concat(parts.map((part) => pack(part)));
    expect((await at.ask(1, { body, headers: { "content-encoding": encoding } })).status, encoding).toBe(400);
  }
  expect(at.upstream.got.length).toBe(before);
});

test("a small packed body that would be gigabytes is refused, and memory stays", async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20, " "));
  const bombs = Buffer.concat(Array.from({ length: 32 }, () => bomb));
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  for (let n = 0; n < 5; n++) {
    const answer = await at.ask(1, { body: bombs, headers: { "content-encoding": "gzip" } });
    expect(await answer.text()).toContain("unpacks to more than");
  }
  // Five times 2 GB otherwise; freed pieces are given back late.
  expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 2 ** 20);
});

test("bodies that are held, or never end, take no other seat's room, and are let go with whoever sent them", async () => {
  const large = `{"pad":"${"x".repeat(20 * 2 ** 20)}"`;
  const stop = new AbortController();
  const holding = [1, 2, 3, 4].map(() =>
    at.ask(1, { body: new ReadableStream({ start: (to) => to.enqueue(Buffer.from(large)) }), signal: stop.signal }),
  );
  const first = await Promise.race(holding);
  expect([first.status, await first.text()]).toEqual([429, expect.stringContaining("large requests of this seat")]);
  expect((await at.ask(2, { body: `${large},"model":"m"}` })).status).toBe(200);
  stop.abort();
  await Promise.allSettled(holding);
  await until("the seat's room to be free", async () => (await at.ask(1, { body: `${large},"model":"m"}` })).status === 200);
});

test("a seat that is closed lets go of requests whose bodies never came", async () => {
  const body = () => new ReadableStream({ start: (to) => to.enqueue(Buffer.from('{"messages":')) });
  const stuck = Array.from({ length: STREAMS_PER_SEAT }, () => at.ask(1, { body: body() }));
  await until("them to be taken", async () => {
    at.wish({ seats: [{ seat: 1, paused: true }] });
    return (await at.ask(1)).status === 402;
  });
  for (const one of stuck) expect((await one).status).toBe(402);
  at.wish({});
  expect((await at.ask(1)).status).toBe(200);
});

test("questions that cost nothing have turns too", async () => {
  const hello = () => fetch(`${at.address(1)}/api/hello`, { method: "HEAD" });
  const before = at.upstream.got.length;
  let [most, now] = [0, 0];
  const full = Promise.withResolvers<void>();
  at.upstream.behaveAtHello(async () => {
    most = Math.max(most, ++now);
    if (now === STREAMS_PER_SEAT) full.resolve();
    await full.promise;
    now--;
    return new Response(null);
  });
  await Promise.all(Array.from({ length: 30 }, hello));
  expect(at.upstream.got.length - before).toBe(30);
  expect(most).toBeLessThanOrEqual(STREAMS_PER_SEAT);
});

test("who asks many things at once just below the cap passes it by one answer", async () => {
  at.wish({ seat: { usd: 0.3 } });
  at.upstream.behave(says("Hi.", { inputTokens: 200_000 }));
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => at.ask(1).then(async (one) => [one.status, await one.text()])),
  );
  expect(answers.filter(([status]) => status === 200).length).toBeLessThanOrEqual(2);
  expect(at.relay.own(1).usd).toBeLessThan(0.6);
  // The class's cap the same, whoever asks.
  at.wish({ seat: { usd: 100 }, machine: { usd: 0.9 } });
  await Promise.all([1, 2].flatMap((seat) => Array.from({ length: 10 }, () => at.ask(seat).then((one) => one.text()))));
  expect(Number(at.relay.own(1).usd) + Number(at.relay.own(2).usd)).toBeLessThan(1.2);
});

test("an answer that goes on far beyond the cap is stopped", async () => {
  at.wish({ seat: { tokens: 10 } });
  let said = 0;
  at.upstream.behave(saysWhen(async () => (said++ < 10_000 ? "x".repeat(4000) : undefined)));
  // With the sentence, or cut within an event.
  await (await at.ask(1)).text().catch(() => "");
  // A megabyte of text is that much beyond; the rest is in the buffers between.
  expect(said).toBeLessThan(5000);
  expect((await at.ask(1)).status).toBe(402);
  await until("the upstream to hear of it", () => at.upstream.got.at(-1)?.gone.aborted);
});

test("who hangs up in the middle of a body is no trouble of the upstream's", async () => {
  const before = at.upstream.got.length;
  const socket = await Bun.connect({ hostname: "127.0.0.1", port: port(), socket: { data() {} } });
  socket.write(`POST /v1/messages HTTP/1.1\r\n${head()}\r\nContent-Length: 1000\r\n\r\n{"model":"m",`);
  await until("it to be counted", () => at.relay.own(1).requests === 1);
  socket.terminate();
  await until("the next to be answered", async () => (await at.ask(1)).status === 200);
  expect(at.relay.report().state).toBe("ok");
  expect(at.upstream.got.slice(before)).toHaveLength(1);
});

test("within an event a stream is cut: a sentence behind half a line would be read by nobody", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  at.upstream.behave(() => {
    const half = streamOf("claude-haiku-4-5", ["Hello."]).join("").slice(0, -20);
    return new Response(new ReadableStream({ start: (to) => to.enqueue(Buffer.from(half)), pull: () => promise }), {
      headers: { "content-type": "text/event-stream" },
    });
  });
  const reader = (await at.ask(1)).body?.getReader();
  await reader?.read();
  at.wish({ paused: true });
  expect(reader?.read()).rejects.toThrow();
  resolve();
});

test("who gives up before the answer begins has used something, and again and again reaches the cap", async () => {
  at.upstream.behave(staysSilent);
  const body = JSON.stringify({
    model: "claude-haiku-4-5",
    stream: true,
    messages: [{ role: "user", content: "x".repeat(400_000) }],
  });
  const ask = async () => {
    const [stop, before] = [new AbortController(), at.upstream.got.length];
    const answer = at.ask(1, { body, signal: stop.signal }).catch(() => undefined);
    await until("the upstream to be asked", () => at.upstream.got.length > before);
    stop.abort();
    await answer;
  };
  await ask();
  await until("it to be counted", () => at.relay.own(1).inputTokens === 50_000);
  at.wish({ seat: { tokens: 50_000 } });
  expect((await at.ask(1)).status).toBe(402);
});

test("an answer whose form hides what it used, or in an unknown packing, isn't passed on", async () => {
  for (const headers of [
    { "content-type": "text/html" },
    { "content-type": "application/vnd.amazon.eventstream" },
    { "content-type": "application/json", "content-encoding": "compress" },
    { "content-type": "application/json", "content-encoding": "gzip, gzip" },
  ] as Record<string, string>[]) {
    at.upstream.behave(() => new Response("<p>Sign in</p>", { headers }));
    const answer = await at.ask(1, { headers: { accept: "text/html" } });
    expect(answer.ok).toBe(false);
    expect(await answer.text()).toContain("can't be reached");
    expect(at.relay.report().message).toContain("Is the address right?");
  }
  expect(at.upstream.got.at(-1)?.headers.get("accept")).toBe("application/json");
});

test("a seat learns nothing of the account behind the key", async () => {
  at.upstream.behave(
    fails(400, "invalid_request_error", "no", {
      "anthropic-organization-id": "org-1",
      "anthropic-ratelimit-requests-limit": "5",
    }),
  );
  const { headers } = await at.ask(1);
  expect(headers.get("anthropic-organization-id")).toBeNull();
  expect(headers.get("anthropic-ratelimit-requests-limit")).toBe("5");
});

test("a server on this computer is asked directly, whatever proxy the environment names", async () => {
  const asked: string[] = [];
  const proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      asked.push(request.url);
      return new Response(null, { status: 502 });
    },
  });
  process.env.HTTP_PROXY = `http://127.0.0.1:${proxy.port}`;
  try {
    const upstream = startUpstream();
    const fresh = await startRelay(1, upstream);
    await putKey(fresh.relay);
    await until("the key to be tried", () => fresh.upstream.got.length > 0 || asked.length > 0);
    expect(asked).toEqual([]);
    await fresh.end();
  } finally {
    delete process.env.HTTP_PROXY;
    await proxy.stop(true);
  }
});

test("an upstream's error without end is read to its first kilobytes", async () => {
  at.upstream.behave(
    () => new Response(new ReadableStream({ pull: (to) => to.enqueue(Buffer.alloc(65_536, "x")) }), { status: 400 }),
  );
  expect((await (await at.ask(1)).text()).length).toBeLessThanOrEqual(65_536);
  expect(JSON.stringify(at.relay.report())).not.toContain(KEY);
});

test("a line without end is passed on and not kept", async () => {
  const piece = Buffer.alloc(2 ** 20, "x");
  let left = 200;
  at.upstream.behave(() => {
    const pull = (to: ReadableStreamDefaultController) => (left-- > 0 ? to.enqueue(piece) : to.close());
    return new Response(new ReadableStream({ pull }), { headers: { "content-type": "text/event-stream" } });
  });
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  let size = 0;
  for await (const bytes of (await at.ask(1)).body as unknown as AsyncIterable<Uint8Array>) size += bytes.length;
  expect(size).toBe(200 * 2 ** 20);
  Bun.gc(true);
  expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 2 ** 20);
});

test("a seat whose programs connect without end hears when it is enough, and the next seat is answered meanwhile", async () => {
  const idle = () => Bun.connect({ hostname: "127.0.0.1", port: port(), socket: { data() {} } });
  const open = await Promise.all(Array.from({ length: CONNECTIONS }, idle));
  const ask = () => rawAnswer(port(), `POST /v1/messages HTTP/1.1\r\n${head()}\r\n${LENGTH}\r\n\r\n${BODY}`);
  const full = await ask();
  expect(full).toStartWith("HTTP/1.1 503 ");
  expect(full).toContain(`${CONNECTIONS} connections to Claude already`);
  expect((await at.ask(2)).status).toBe(200);
  for (const socket of open) socket.terminate();
  await until("the seat to be answered again", async () => (await ask()).startsWith("HTTP/1.1 200 "));
});

test("an error that quotes her request back doesn't tell the instructor that the account is out of credit", async () => {
  for (const said of ["model: credit balance is too low", "Your credit balance is too low: Extra inputs are not permitted"]) {
    at.upstream.behave(fails(400, "invalid_request_error", said));
    expect([said, (await at.ask(1)).status, at.relay.report().state]).toEqual([said, 400, "ok"]);
  }
});
