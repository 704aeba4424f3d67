/** A request as it reached the upstream. */
export interface Got {
  method: string;
  /** With its query. */
  path: string;
  headers: Headers;
  body: Uint8Array;
  /** Who asked has gone. */
  gone: AbortSignal;
  /** The body, where it is JSON. */
  json(): { model?: string; stream?: boolean; messages?: { role: string; content: unknown }[]; [key: string]: unknown };
}

export type Behaviour = (got: Got) => Response | Promise<Response>;

export interface TestUpstream {
  url: string;
  /** All that came, newest last. */
  got: Got[];
  /** Of those, messages and questions for their tokens. */
  messages(): Got[];
  /** What it does with messages from now on; `says("Hello.")` at first. */
  behave(behaviour: Behaviour): void;
  /** The same for `HEAD /api/hello`; 200 at first. */
  behaveAtHello(behaviour: Behaviour): void;
  /** From now on this is the only key it takes; undefined: none is looked at. */
  takeOnly(key: string | undefined): void;
  end(): Promise<void>;
}

/** A server on loopback that speaks the Messages API: a real one for whoever calls it, only its answers are scripted. */
export function startUpstream(port = 0): TestUpstream {
  let behaviour = says("Hello.");
  let hello: Behaviour = () => new Response(null);
  let good: string | undefined;
  const got: Got[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    development: false,
    maxRequestBodySize: 64 * 2 ** 20,
    fetch: async (request, server) => {
      server.timeout(request, 0);
      const url = new URL(request.url);
      const body = new Uint8Array(await request.arrayBuffer());
      const json = () => JSON.parse(new TextDecoder().decode(body)) as ReturnType<Got["json"]>;
      const { method, headers, signal: gone } = request;
      const one: Got = { method, path: url.pathname + url.search, headers, body, gone, json };
      got.push(one);
      if (url.pathname === "/api/hello") return hello(one);
      if (good !== undefined && headers.get("x-api-key") !== good) return apiError(401, ...REFUSED);
      if (url.pathname === "/v1/messages") return behaviour(one);
      if (url.pathname === "/v1/messages/count_tokens") return Response.json({ input_tokens: 42 });
      if (url.pathname === "/v1/models") return models();
      return apiError(404, "not_found_error", "no such path");
    },
    error: () => new Response(null, { status: 500 }),
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    got,
    messages: () => got.filter(({ path }) => path.startsWith("/v1/messages")),
    behave: (next) => {
      behaviour = next;
    },
    behaveAtHello: (next) => {
      hello = next;
    },
    takeOnly: (key) => {
      good = key;
    },
    end: () => server.stop(true),
  };
}

const REFUSED = ["authentication_error", "invalid x-api-key"] as const;
const models = (): Response => Response.json({ data: [{ type: "model", id: "claude-haiku-4-5" }], has_more: false });

export interface Said {
  inputTokens?: number;
  outputTokens?: number;
  cacheWriteTokens?: number;
  cacheReadTokens?: number;
  webSearches?: number;
  headers?: Record<string, string>;
}

/** Answers with this text: as a stream, one event a piece, or whole, as it was asked for. */
export function says(text: string | readonly string[], said: Said = {}): Behaviour {
  const pieces = typeof text === "string" ? [text] : text;
  return (got) => {
    const { model = "claude-haiku-4-5", stream } = got.json();
    if (!stream) return Response.json(wholeAnswer(model, pieces.join(""), said), { headers: said.headers ?? {} });
    return streamed(streamOf(model, pieces, said), said.headers);
  };
}

/** An answer whose pieces come when `next` says so; it ends when that answers undefined. */
export function saysWhen(next: (got: Got) => Promise<string | undefined>, said: Said = {}): Behaviour {
  return (got) => streamed(slowly(got, next, said), said.headers);
}

async function* slowly(got: Got, next: (got: Got) => Promise<string | undefined>, said: Said): AsyncGenerator<string> {
  const { model = "claude-haiku-4-5" } = got.json();
  yield* beginning(model, said);
  for (let piece = await next(got); piece !== undefined; piece = await next(got)) yield delta(piece);
  yield* ending(said);
}

/** Asks for a tool; the answer after its result is said by `then`. */
export const callsTool = (name: string, input: object, then: Behaviour): Behaviour => callsTools([[name, input]], then);

/** Asks for one tool after the other, each when the result of the one before came; then `then` answers. */
export function callsTools(calls: readonly (readonly [name: string, input: object])[], then: Behaviour): Behaviour {
  return (got) => {
    const { model = "claude-haiku-4-5", messages = [] } = got.json();
    const [name, input] = calls[resultsSincePrompt(messages)] ?? [];
    if (name === undefined) return then(got);
    const block = { type: "tool_use", id: `toolu_${crypto.randomUUID().replaceAll("-", "")}`, name, input: {} };
    return streamed([
      ...beginning(model, {}, block),
      event({ type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: JSON.stringify(input) } }),
      ...ending({}, "tool_use"),
    ]);
  };
}

function resultsSincePrompt(messages: readonly { role: string; content: unknown }[]): number {
  const count = ({ content }: { content: unknown }) => JSON.stringify(content).split('"type":"tool_result"').length - 1;
  const prompt = messages.findLastIndex((message) => message.role === "user" && count(message) === 0);
  return messages.slice(prompt + 1).reduce((sum, message) => sum + count(message), 0);
}

/** An error in the API's own form. */
export const fails =
  (status: number, type: string, message: string, headers: Record<string, string> = {}): Behaviour =>
  () =>
    apiError(status, type, message, headers);

const UNSENT_MS = 50;

/** The connection ends after these pieces, in the middle of the answer. */
export function cutAfter(pieces: readonly string[], said: Said = {}): Behaviour {
  return (got) => {
    const { model = "claude-haiku-4-5" } = got.json();
    const events = [...beginning(model, said), ...pieces.map(delta)].map((text) => Buffer.from(text));
    return new Response(
      new ReadableStream({
        pull: async (controller) => {
          const next = events.shift();
          if (next) return controller.enqueue(next);
          // Bun drops with the connection what it hasn't sent yet.
          await Bun.sleep(UNSENT_MS);
          controller.error(new Error("cut"));
        },
      }),
      { headers: { "content-type": "text/event-stream" } },
    );
  };
}

/** Takes the request and says nothing. */
export const staysSilent: Behaviour = ({ gone }) =>
  new Promise((resolve) => gone.addEventListener("abort", () => resolve(new Response(null)), { once: true }));

/** Sends back every header it got, in headers and in the body. */
export function echoes(status: number): Behaviour {
  return ({ headers }) => {
    const all = Object.fromEntries(headers);
    const back = new Headers({ "content-type": "application/json" });
    for (const [name, value] of Object.entries(all)) back.set(`x-got-${name}`, value);
    for (const name of ["request-id", "anthropic-echo"]) back.set(name, JSON.stringify(all));
    const said = { type: "error", error: { type: "api_error", message: JSON.stringify(all) }, got: all };
    return new Response(JSON.stringify(said), { status, headers: back });
  };
}

function apiError(status: number, type: string, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ type: "error", error: { type, message }, request_id: "req_test" }, { status, headers });
}

const usageOf = ({ inputTokens = 10, outputTokens = 5, cacheWriteTokens = 0, cacheReadTokens = 0, webSearches }: Said) => ({
  input_tokens: inputTokens,
  output_tokens: outputTokens,
  cache_creation_input_tokens: cacheWriteTokens,
  cache_read_input_tokens: cacheReadTokens,
  ...(webSearches !== undefined && { server_tool_use: { web_search_requests: webSearches } }),
});

function wholeAnswer(model: string, text: string, said: Said): object {
  const content = [{ type: "text", text }];
  return { ...messageOf(model), content, stop_reason: "end_turn", usage: usageOf(said) };
}

const messageOf = (model: string) => ({
  id: `msg_${crypto.randomUUID().replaceAll("-", "")}`,
  type: "message",
  role: "assistant",
  model,
  content: [],
});

export const streamOf = (model: string, pieces: readonly string[], said: Said = {}): string[] => [
  ...beginning(model, said),
  ...pieces.map(delta),
  ...ending(said),
];

function beginning(model: string, said: Said, block: object = { type: "text", text: "" }): string[] {
  const message = { ...messageOf(model), stop_reason: null, usage: { ...usageOf(said), output_tokens: 1 } };
  return [event({ type: "message_start", message }), event({ type: "content_block_start", index: 0, content_block: block })];
}

const delta = (text: string): string => event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });

const ending = (said: Said, reason = "end_turn"): string[] => [
  event({ type: "content_block_stop", index: 0 }),
  event({
    type: "message_delta",
    delta: { stop_reason: reason, stop_sequence: null },
    usage: {
      output_tokens: usageOf(said).output_tokens,
      ...(said.webSearches && { server_tool_use: usageOf(said).server_tool_use }),
    },
  }),
  event({ type: "message_stop" }),
];

const event = (data: { type: string; [more: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

/** One event at a time, each only when it is wanted. */
function streamed(events: Iterable<string> | AsyncIterable<string>, headers: Record<string, string> = {}): Response {
  const texts = Symbol.asyncIterator in events ? events[Symbol.asyncIterator]() : events[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const next = await texts.next();
        if (next.done) controller.close();
        else controller.enqueue(Buffer.from(next.value));
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { "content-type": "text/event-stream; charset=utf-8", "request-id": "req_test", ...headers },
  });
}
