/** A page of somebody else's in the same browser, hostile names and files, and borrowed credentials: against real processes. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import type { Rooms } from "../../agent/rooms.ts";
import { routes } from "../../agent/routes.ts";
import { type Attacked, startAttacked } from "../support/attacked.ts";
import { expectDecent } from "../support/decent.ts";
import { join } from "../support/learner.ts";
import { callRaw, openRaw } from "../support/raw.ts";

const FOREIGN = ["https://evil.example", "null", "http://localhost:1", "http://localhost.evil.example"];

let at: Attacked;
let session: string;
/** What a browser holds after entering the first learner's seat. */
let cookie: string;
beforeAll(async () => {
  at = await startAttacked();
  const { base, token } = at.learners[0];
  const entry = await fetch(`${base}/?token=${token}`, { redirect: "manual" });
  cookie = (entry.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  expect(entry.headers.get("set-cookie")).toMatch(/; Path=\/vm\/01\/;.*HttpOnly; SameSite=Lax$/);
});
afterEach(() => at.stillWell());
afterAll(() => at?.world.end());

const signIn = (secret: string, more: [string, string][] = []) =>
  callRaw(at.gateway, {
    method: "POST",
    path: "/sign-in",
    headers: [["Content-Type", "application/x-www-form-urlencoded"], ["Origin", at.world.url], ...more],
    body: new URLSearchParams({ secret }).toString(),
  });

test("the sign-in link works once, and gives a session that nobody chose beforehand", async () => {
  const secret = at.world.signInLink().split("#")[1] ?? "";
  const stranger = await signIn(secret, [["Origin", "https://evil.example"]]);
  expect(stranger.status).toBe(403);
  const first = await signIn(secret, [["Cookie", "ct_session=chosen-by-somebody-else"]]);
  const set = first.headers.getSetCookie().find((cookie) => cookie.startsWith("ct_session=")) ?? "";
  expect(set).toMatch(/^ct_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
  expect(set).not.toContain("chosen");
  session = set.split(";")[0] ?? "";
  expect((await signIn(secret)).status).toBe(401);
  for (const [value, status] of [
    ["ct_session=chosen-by-somebody-else", 401],
    [session, 200],
  ] as const)
    expect((await callRaw(at.gateway, { method: "GET", path: "/", headers: [["Cookie", value]] })).status).toBe(status);
});

test("another origin's page changes nothing on the gateway with the instructor's cookie", async () => {
  const changes: [string, string][] = [
    ["POST", "/workshops"],
    ["POST", "/sign-out"],
    ["POST", "/join"],
    ["POST", "/api/workshops"],
    ["POST", "/api/join"],
    ...["start", "stop", "seats/1/free", "archive/delete"].map((deed): [string, string] => [
      "POST",
      `/workshops/${at.id}/${deed}`,
    ]),
    ...["start", "stop", "seats/1/free"].map((deed): [string, string] => ["POST", `/api/workshops/${at.id}/${deed}`]),
    ["PUT", `/api/workshops/${at.id}/starter`],
    ["DELETE", `/api/workshops/${at.id}/archive`],
  ];
  for (const [method, path] of changes)
    for (const origin of FOREIGN) {
      const headers: [string, string][] = [
        ["Cookie", session],
        ["Origin", origin],
        ["Content-Type", "text/plain"],
      ];
      const answer = await callRaw(at.gateway, { method, path, headers, body: "{}" });
      expectDecent(answer, `${method} ${path} from ${origin}`);
      expect(answer.status, `${method} ${path} from ${origin}`).toBe(403);
    }
  const { body } = await at.world.api(`/api/workshops/${at.id}`);
  expect(body.status).toBe("running");
});

test("another origin's page changes nothing on the machine and opens no socket there, by any row of its table", async () => {
  const rows = routes({} as Rooms).filter(({ access, method }) => access === "learner" && method !== "GET");
  expect(rows.length).toBeGreaterThan(4);
  for (const { method, path } of rows)
    for (const origin of FOREIGN) {
      const place = path.replace(":seat", "01").replace("*", "workspace/planted");
      if (method === "WS") {
        const socket = await openRaw(at.agent, place, { Cookie: cookie, Origin: origin });
        expect(socket.status, `${place} from ${origin}`).toBe(403);
        socket.end();
      } else {
        const headers: [string, string][] = [
          ["Cookie", cookie],
          ["Origin", origin],
          ["Content-Type", "text/plain"],
        ];
        const answer = await callRaw(at.agent, {
          method,
          path: place,
          headers,
          body: method === "DELETE" ? "" : '{"content":"x"}',
        });
        expect(answer.status, `${method} ${place} from ${origin}`).toBe(403);
      }
    }
  expect((await at.learners[0].get("/files/workspace/planted")).status).toBe(404);
});

test("a name that was made to point here (DNS rebinding) gets nothing of the machine", async () => {
  for (const path of ["/", "/healthz", "/vm/01/", "/vm/01/session"]) {
    const headers: [string, string][] = [
      ["Host", `evil.example:${at.agent.port}`],
      ["Cookie", cookie],
    ];
    const answer = await callRaw(at.agent, { method: "GET", path, headers });
    expect(answer.status).toBe(403);
    expect(answer.text).not.toContain(at.id);
  }
});

test("no page of ours is framed, and none is kept or sniffed", async () => {
  const places = [
    ...["/join", "/sign-in", "/nowhere"].map((path) => [at.gateway, path, ""] as const),
    ...["/", "/workshops/new", `/workshops/${at.id}`, `/workshops/${at.id}/board`].map(
      (path) => [at.gateway, path, session] as const,
    ),
    ...["/vm/01/", "/vm/02/", "/nowhere"].map((path) => [at.agent, path, cookie] as const),
  ];
  for (const [target, path, value] of places) {
    const { headers } = await callRaw(target, {
      method: "GET",
      path,
      headers: [
        ["Cookie", value],
        ["Accept", "text/html"],
      ],
    });
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy, path).toContain("frame-ancestors 'none'");
    expect(policy, path).not.toMatch(/script-src[^;]*'unsafe|default-src[^;]*'unsafe|\*/);
    expect(headers.get("x-content-type-options"), path).toBe("nosniff");
  }
});

test("a learner's HTML and SVG are data on our origin, whatever way they are asked for", async () => {
  for (const name of ["a.html", "a.svg", "a.xhtml", "a.js", 'q".html\r\n']) {
    const place = `/files/workspace/${encodeURIComponent(name)}`;
    const saved = await at.learners[0].get(place, {
      method: "PUT",
      body: JSON.stringify({ content: "<script>alert(1)</script>" }),
    });
    expect(saved.status, name).toBe(200);
    for (const query of ["", "?download", "?raw"]) {
      const path = at.learners[0].path + place + query;
      const { headers, status } = await callRaw(at.agent, {
        method: "GET",
        path,
        headers: [
          ["Cookie", cookie],
          ["Accept", "text/html"],
        ],
      });
      expect(status).toBe(200);
      expect(headers.get("content-type")).toMatch(query ? /^application\/octet-stream$/ : /^application\/json/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      if (query)
        expect(headers.get("content-disposition")).toMatch(/^attachment; filename="[^"]*"; filename\*=UTF-8''[\x21-\x7e]+$/);
    }
  }
});

const NAMES = [
  "<img src=x onerror=alert(1)>",
  "\u202egnp.exe",
  "a\r\nSet-Cookie: x=y",
  "\u001b[31m\u001b]0;title\u0007",
  "../../etc",
  "=1+1",
  "👩‍💻\u0000",
];

test("names of learners and workshops arrive on pages as text, without controls and directions", async () => {
  const json = { name: `Board ${NAMES.join(" ")}`.slice(0, 80), seats: 1, apiKey: "k".repeat(30) };
  const made = await at.world.api("/api/workshops", { method: "POST", json });
  expect(made.status).toBe(201);
  const seen = [`/workshops/${made.body.workshopId}`, "/"];
  for (const name of NAMES.slice(0, 1)) await join(at.world, { code: at.code, name });
  seen.push(`/workshops/${at.id}`);
  for (const path of seen) {
    const { body } = await callRaw(at.gateway, { method: "GET", path, headers: [["Cookie", session]] });
    expect(body, path).not.toContain("<img src=x");
    expect(body, path).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/);
  }
  const long = await at.world.api("/api/join", {
    method: "POST",
    json: { code: at.code, name: "x".repeat(61) },
    anonymous: true,
  });
  expect([long.status, long.body.error.code]).toEqual([400, "INVALID_INPUT"]);
});

test("no address leads off our origins", async () => {
  for (const path of [
    "//evil.example",
    "/join?code=//evil.example&url=https://evil.example",
    "/\\evil.example",
    "/sign-in?next=//evil.example",
  ]) {
    const { headers } = await callRaw(at.gateway, { method: "GET", path });
    expect(headers.get("location") ?? "").not.toContain("evil");
  }
  for (const path of ["/vm/01//evil.example", "//evil.example/vm/01", "/?token=//evil.example", "/vm/01?next=//evil.example"]) {
    const { headers } = await callRaw(at.agent, { method: "GET", path });
    expect(headers.get("location") ?? "/vm/01/").toMatch(/^\/vm\/01\/$/);
  }
});

test("borrowed, altered and invented credentials open nothing, on either listener", async () => {
  const [own, other] = at.learners;
  const [head = "", payload = "", signature = ""] = own.token.split(".");
  const { keys } = (await at.world.api("/.well-known/jwks.json")).body;
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  const hs256 = `${encode({ alg: "HS256", kid: keys[0].kid })}.${payload}`;
  const mac = (key: string) => createHmac("sha256", key).update(hs256).digest("base64url");
  const bad = [
    `${encode({ alg: "none" })}.${payload}.`,
    `${hs256}.${mac(JSON.stringify(keys[0]))}`,
    `${hs256}.${mac(keys[0].x)}`,
    `${head}.${encode({ ...claims, seat: 2 })}.${signature}`,
    `${head}.${encode({ ...claims, scope: "machine" })}.${signature}`,
    at.stranger.token,
    at.world.apiToken,
    "a".repeat(9000),
  ];
  for (const token of bad)
    for (const [target, path] of [
      [at.agent, "/vm/01/session"],
      [at.agent, "/vm/02/session"],
      [at.plane, "/v1/report"],
    ] as const) {
      const answer = await callRaw(target, { method: "GET", path, headers: [["Authorization", `Bearer ${token}`]] });
      expect(answer.status, `${token.slice(0, 60)} at ${path}`).toBe(401);
    }
  for (const headers of [[], [["Authorization", `Bearer ${own.token}`]], [["Cookie", cookie]]] as [string, string][][])
    for (const [method, path] of [
      ["GET", "/v1/report"],
      ["GET", "/v1/metrics"],
      ["GET", "/v1/archive?folders=[]"],
      ["PUT", "/v1/machine"],
    ] as const)
      expect((await callRaw(at.plane, { method, path, headers })).status, path).toBe(401);
  const borrowed = cookie.replace("_01=", "_02=");
  for (const value of [cookie, borrowed, `${borrowed}; ${borrowed}`, `${cookie}; ${borrowed}`])
    expect((await callRaw(at.agent, { method: "GET", path: `${other.path}/session`, headers: [["Cookie", value]] })).status).toBe(
      403,
    );
});

/** Last: what fails here is counted for the address of all these tests. */
test("guessing codes is slowed by browser and by address, and who has a seat comes back all the same", async () => {
  const seated = "5".repeat(32);
  const ask = (json: object, browser?: string) =>
    at.world.api("/api/join", {
      method: "POST",
      json,
      anonymous: true,
      ...(browser ? { headers: { cookie: `ct_browser=${browser}` } } : {}),
    });
  const elsewhere = at.stranger.odehash;
  const mine = await ask({ code: at.code, odehash: at.learners[0].odehash }, seated);
  expect(mine.status).toBe(200);
  const guess = (i: number) => ({ code: at.code, odehash: `zz${String(i).padStart(3, "0")}` });
  const one: number[] = [];
  for (let i = 0; i < 12; i++) one.push((await ask(guess(i), "a".repeat(32))).status);
  expect(one).toEqual([...Array(10).fill(404), 429, 429]);
  // A new browser for each guess: the address is what is left to count.
  let guesses = 0;
  while ((await ask(guess(guesses), crypto.randomUUID().replaceAll("-", ""))).status === 404) expect(++guesses).toBeLessThan(200);
  expect((await ask({ code: at.code, odehash: elsewhere }, "b".repeat(32))).status).toBe(429);
  expect((await ask({ code: at.code }, seated)).body.seat).toBe(at.learners[0].seat);
});
