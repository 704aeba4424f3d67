/** What isn't HTTP, isn't JSON, isn't a form, and calls of every shape: a real gateway, a compiled agent, both of its listeners. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import type { Rooms } from "../../agent/rooms.ts";
import { routes } from "../../agent/routes.ts";
import { type Attacked, startAttacked } from "../support/attacked.ts";
import { expectDecent } from "../support/decent.ts";
import { callRaw, type RawCall, sendRaw, type Target } from "../support/raw.ts";

const RUNS = process.env.TEST_FULL ? 2000 : 300;

let at: Attacked;
/** Cookie of the signed-in instructor. */
let session: string;
beforeAll(async () => {
  at = await startAttacked();
  const secret = at.world.signInLink().split("#")[1] ?? "";
  const signedIn = await callRaw(at.gateway, {
    ...form({ secret }, "/sign-in"),
  });
  session = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  expect(session).toMatch(/^ct_session=.{40}/);
});
afterEach(() => at.stillWell());
afterAll(() => at?.world.end());

const own = (target: Target) => ["Origin", `http://localhost:${target.port}`] as const;
const secrets = () => [at.world.data, at.world.apiToken];

function form(fields: Record<string, string>, path: string, headers: [string, string][] = []): RawCall {
  const body = new URLSearchParams(fields).toString();
  return {
    method: "POST",
    path,
    headers: [own(at.gateway), ["Content-Type", "application/x-www-form-urlencoded"], ...headers],
    body,
  };
}

const ODD_BYTES: Record<string, (path: string, port: number) => string> = {
  "no Host": (path) => `GET ${path} HTTP/1.1\r\n\r\n`,
  "HTTP/1.0": (path) => `GET ${path} HTTP/1.0\r\n\r\n`,
  "HTTP/2": () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "TLS where none is": () => `${"\x16\x03\x01\x02\x00\x01\x00".repeat(20)}\r\n\r\n`,
  "a NUL in the path": (path, port) => `GET ${path}\0x HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`,
  "20 kB of path": (path, port) => `GET ${path}?${"a".repeat(20_000)} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`,
  "another's address": (path, port) =>
    `GET http://evil.example${path} HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`,
  "a broken address": (_, port) => `GET http://[ HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`,
  "no slash": (_, port) => `GET foo HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`,
  CONNECT: (_, port) => `CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`,
  "a negative length": (path, port) => `PUT ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: -1\r\n\r\n`,
  "two lengths": (path, port) =>
    `PUT ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab`,
  "length and chunks": (path, port) =>
    `PUT ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n`,
  "chunks of no number": (path, port) =>
    `PUT ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nZZ\r\nhello\r\n`,
  "a chunk of 2^68": (path, port) =>
    `PUT ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nFFFFFFFFFFFFFFFFF\r\nhello\r\n`,
  "an unknown coding": (path, port) =>
    `PUT ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\n`,
  "half a WebSocket": (path, port) =>
    `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\nConnection: close\r\n\r\n`,
  "a second call in the first one's body": (path, port) =>
    `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 60\r\nConnection: close\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n${" ".repeat(40)}`,
};

test("what isn't HTTP is refused by all three listeners", async () => {
  const places: [Target, string][] = [
    [at.gateway, "/join"],
    [at.gateway, "/api/workshops"],
    [at.agent, "/vm/01/files/workspace/x?raw"],
    [at.plane, "/v1/machine"],
    [at.plane, "/v1/hello"],
  ];
  for (const [target, path] of places)
    for (const [name, bytes] of Object.entries(ODD_BYTES))
      expectDecent(
        await sendRaw(target, Buffer.from(bytes(path, target.port), "latin1")),
        `${name} at ${target.name}${path}`,
        secrets(),
      );
});

test("a Host that is none, or another's, is 400 or 403, never a fault", async () => {
  for (const target of [at.gateway, at.agent, at.plane]) {
    for (const host of ["", "a b", "a/b?c#d@e", "[::1", "a:99999999", "%zz", "\xff\xfe", "evil.example", "localhost:1"]) {
      const answer = await callRaw(target, { method: "GET", path: "/healthz", headers: [["Host", host]] });
      expectDecent(answer, `Host "${host}" at ${target.name}`, secrets());
      if (target === at.agent) expect(answer.status, host).toBe(403);
    }
  }
});

const oddText = fc.oneof(
  fc.constantFrom(
    "",
    ".",
    "..",
    "%2e%2e",
    "%2F",
    "%00",
    "%ff",
    "%zz",
    "..%2f..%2fetc",
    "\\",
    "ws-abc123",
    "01",
    "00",
    "99",
    "1e3",
  ),
  fc.constantFrom(
    "-1",
    "NaN",
    "constructor",
    "__proto__",
    "null",
    "a".repeat(3000),
    "%E2%80%AE",
    "<script>",
    "'",
    '"',
    ";",
    "{}",
  ),
  fc.string({ unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)), maxLength: 30 }),
);
const oddHeader = fc.constantFrom<readonly [string, string]>(
  ...([
    ["Range", "bytes=0-0,-1,5-"],
    ["Range", "bytes=99999999999999999999-"],
    ["If-Match", '"", W/"x", *'],
    ["If-None-Match", "*"],
    ["If-Range", "Sat, 99 Foo 0000"],
    ["X-Forwarded-Host", "evil.example"],
    ["X-Forwarded-For", "1.2.3.4, ::1"],
    ["X-Forwarded-Proto", "javascript"],
    ["Content-Type", "multipart/form-data; boundary="],
    ["Content-Type", `application/json; charset=${"x".repeat(500)}`],
    ["Content-Encoding", "gzip"],
    ["Cookie", "ct_browser=; ct_browser=1; ct_session=x; =; ;;"],
    ["Cookie", `ct_session=${"a".repeat(5000)}`],
    ["Authorization", "Bearer"],
    ["Authorization", `Bearer ${"a.".repeat(3000)}`],
    ["Origin", "null"],
    ["Accept", "text/html"],
    ["Sec-Fetch-Mode", "navigate"],
    ["HX-Request", "true"],
    ["Expect", "100-continue"],
  ] as const),
);
const oddBody = fc.oneof(
  fc.constant(""),
  fc.json(),
  fc.string({ unit: "binary" }),
  fc.constant('{"content":1e999,"path":[],"keepWork":"yes"}'),
);

/** Nothing here may stop or free what the other tests need. */
const GATEWAY_PATHS = [
  ...[
    "/",
    "/join",
    "/join/waiting",
    "/join/ended",
    "/sign-in",
    "/sign-out",
    "/workshops",
    "/workshops/new",
    "/workshops/:x",
    "/assets/:x",
  ],
  ...["/workshops/:x/definition", "/workshops/:x/definition/look", "/workshops/:x/plan"],
  ...["/api/workshops/:x/definition", "/api/workshops/:x/plan"],
  ...["/workshops/:x/stop", "/workshops/:x/seats/:x/free", "/workshops/:x/archive.zip", "/workshops/:x/archive/delete"],
  ...[
    "/workshops/:x/board",
    "/workshops/:x/events",
    "/api/workshops",
    "/api/workshops/:x",
    "/api/workshops/:x/:x",
    "/api/join",
    "/:x",
    "/:x/:x",
  ],
  ...[
    "/api/workshops/:x/starter",
    "/api/workshops/:x/seats/:x/free",
    "/healthz",
    "/metrics",
    "/api/openapi",
    "/.well-known/jwks.json",
  ],
];
const AGENT_PATHS = routes({} as Rooms).map(({ path }) =>
  path.replace(":seat", "01").replace(":digest", ":x").replace("*", "workspace/:x"),
);

const calls = (paths: readonly string[]) =>
  fc
    .record({
      method: fc.constantFrom("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"),
      path: fc.constantFrom(...paths),
      odd: fc.array(oddText, { minLength: 3, maxLength: 3 }),
      query: fc.oneof(
        fc.constant(""),
        fc.constantFrom("?raw", "?download", "?path=%ff", "?token=", "?folders=[{}]", "?code=%00&name="),
        oddText.map((t) => `?${t}`),
      ),
      headers: fc.array(oddHeader, { maxLength: 3 }),
      body: oddBody,
    })
    .map(({ path, odd, query, ...rest }) => {
      let next = 0;
      return { ...rest, path: path.replace(/:x/g, () => odd[next++] ?? "") + query };
    });

async function attack(target: Target, paths: readonly string[], more: readonly (readonly [string, string])[]): Promise<void> {
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(calls(paths), async (call) => {
      // A given credential comes last: of two, the servers may take either.
      const answer = await callRaw(target, { ...call, headers: [...call.headers, ...more] });
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
      expectDecent(answer, `${call.method} ${call.path} ${JSON.stringify(call.headers)} at ${target.name}`, secrets());
    }),
    { numRuns: RUNS },
  );
  // Not everything bounced off the parser.
  expect(
    [...seen.keys()].some((status) => status >= 200 && status < 405),
    JSON.stringify([...seen]),
  ).toBe(true);
}

test("a stranger's calls of every shape are answered in words by the gateway", () => attack(at.gateway, GATEWAY_PATHS, []));

test("a signed-in browser's too", () => attack(at.gateway, GATEWAY_PATHS, [["Cookie", session], own(at.gateway)]));

test("and an instructor's script's", () => attack(at.gateway, GATEWAY_PATHS, [["Authorization", `Bearer ${at.world.apiToken}`]]));

test("a stranger's calls of every shape are answered in words by the machine, on both listeners", async () => {
  await attack(at.agent, AGENT_PATHS, []);
  await attack(at.plane, AGENT_PATHS, []);
});

test("a learner's calls of every shape are answered in words, and none reaches the machine plane", async () => {
  const authorization = ["Authorization", `Bearer ${at.learners[0].token}`] as const;
  await attack(at.agent, AGENT_PATHS, [authorization, own(at.agent)]);
  await attack(at.plane, AGENT_PATHS, [authorization]);
});

test("JSON of every shape is taken or refused clearly wherever a body is read", async () => {
  const token = `Bearer ${at.learners[0].token}`;
  const api = `Bearer ${at.world.apiToken}`;
  const spare = (
    await at.world.api("/api/workshops", { method: "POST", json: { name: "Spare", seats: 1, apiKey: "k".repeat(30) } })
  ).body;
  const places: [Target, string, string, string][] = [
    [at.gateway, "POST", "/api/join", ""],
    [at.gateway, "POST", "/api/workshops", api],
    [at.gateway, "PUT", `/api/workshops/${at.id}/definition`, api],
    [at.gateway, "POST", `/api/workshops/${spare.workshopId}/stop`, api],
    [at.agent, "PUT", "/vm/01/files/workspace/json", token],
    [at.agent, "POST", "/vm/01/files/rename", token],
    [at.agent, "POST", "/vm/01/files/mkdir", token],
    [at.plane, "PUT", "/v1/machine", token],
  ];
  const field = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.jsonValue(),
    fc.constantFrom("/workspace/../..", "\u0000", "\ud800", 1e308),
  );
  const known = fc.record(
    {
      code: field,
      odehash: field,
      name: field,
      seats: field,
      apiKey: field,
      definition: field,
      content: field,
      encoding: field,
      path: field,
      from: field,
      to: field,
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    known.map((value) => JSON.stringify(value)),
    fc.json(),
    fc.constantFrom("[".repeat(60_000), '{"a":'.repeat(10_000), "\ufeff{}", "{}{}"),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), body, async ([target, method, path, authorization], text) => {
      const answer = await callRaw(target, { method, path, headers: [["Authorization", authorization]], body: text });
      expectDecent(answer, `${method} ${path} ${text.slice(0, 200)}`, secrets());
    }),
    { numRuns: RUNS },
  );
});

test("forms of every shape are pages, whoever sends them", async () => {
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("", "\r\nSet-Cookie: a=b", "<b>x</b>", "9".repeat(400), "n".repeat(10_000)),
  );
  const fields = fc.record(
    {
      code: value,
      name: value,
      odehash: value,
      mode: value,
      other: value,
      secret: value,
      seats: value,
      hours: value,
      apiKey: value,
      definition: value,
      from: value,
    },
    { requiredKeys: [] },
  );
  const path = fc.constantFrom(
    ...["/join", "/sign-in", "/workshops", "/workshops/ws-aaaaaa/stop", "/workshops/ws-aaaaaa/start"],
    ...[`/workshops/${at.id}/definition`, `/workshops/${at.id}/definition/look`],
  );
  await fc.assert(
    fc.asyncProperty(path, fields, fc.boolean(), async (to, typed, known) => {
      const answer = await callRaw(at.gateway, form(typed as Record<string, string>, to, known ? [["Cookie", session]] : []));
      expectDecent(answer, `POST ${to} ${JSON.stringify(typed)}`, secrets());
      expect(answer.headers.get("set-cookie") ?? "").not.toContain("a=b");
      expect(answer.headers.get("location") ?? "/").toStartWith("/");
    }),
    { numRuns: RUNS },
  );
  for (const type of ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain", ""])
    expectDecent(
      await callRaw(at.gateway, {
        method: "POST",
        path: "/workshops",
        headers: [own(at.gateway), ["Cookie", session], ["Content-Type", type]],
        body: '--x\r\nContent-Disposition: form-data; name="starter"; filename="../../x"\r\n\r\nPK',
      }),
      `multipart as "${type}"`,
      secrets(),
    );
});
