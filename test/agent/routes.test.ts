import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Rooms } from "../../agent/rooms.ts";
import { routes } from "../../agent/routes.ts";
import type { Row } from "../../agent/rows.ts";
import { startTestAgent, type TestAgent } from "../support/agent.ts";

/** Rows only close over the rooms: the table can be read without any. */
const table = routes({} as Rooms);
const of = (access: Row["access"]) => table.filter((row) => row.access === access);
const pathOf = ({ path }: Row) => path.replace(":seat", "01").replace(":digest", "0".repeat(64)).replace("*", "workspace/x");

const UPGRADE = {
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-key": btoa("0123456789abcdef"),
  "sec-websocket-version": "13",
};

let agent: TestAgent;
beforeAll(async () => {
  agent = await startTestAgent(2);
  await agent.ready();
});
afterAll(() => agent.end());

const call = (row: Row, headers: Record<string, string>) => {
  const init = row.method === "WS" ? { headers: { ...headers, ...UPGRADE } } : { method: row.method, headers };
  return fetch(agent.address().url + pathOf(row), { ...init, redirect: "manual" });
};

test("learners' rows are on the public listener, the gateway's on the plane, the owner's on his socket", () => {
  expect(of("learner").length).toBeGreaterThan(10);
  expect(of("gateway").length).toBeGreaterThan(5);
  expect(new Set(of("learner").map(({ listener }) => listener))).toEqual(new Set(["public"]));
  expect(new Set(of("gateway").map(({ listener }) => listener))).toEqual(new Set(["plane"]));
  expect(new Set(of("owner").map(({ listener }) => listener))).toEqual(new Set(["owner"]));
  for (const row of of("learner")) expect(row.path).toStartWith("/vm/:seat/");
});

test("what is for anyone is this, and nothing else", () => {
  expect(of("anyone").map(({ listener, method, path }) => `${listener} ${method} ${path}`)).toEqual([
    "public GET /healthz",
    "public GET /",
    "public GET /assets/*",
    "public GET /vm/:seat",
    "plane GET /v1/hello",
  ]);
});

test.each(of("learner").map((row) => [row.method, row.path, row] as const))(
  "%s %s is closed to strangers, to other seats and to the gateway's own token",
  async (_method, _path, row) => {
    expect((await call(row, {})).status).toBe(401);
    expect((await call(row, await agent.learner(2))).status).toBe(403);
    expect((await call(row, { authorization: `Bearer ${await agent.signer.machine(agent.document)}` })).status).toBe(401);
  },
);

test.each(of("gateway").map((row) => [row.method, row.path, row] as const))(
  "%s %s is closed to learners",
  async (_method, _path, row) => {
    const init = row.method === "WS" ? { headers: UPGRADE } : { method: row.method };
    const headers = { ...init.headers, ...(await agent.learner(1)) };
    expect((await agent.plane(pathOf(row), { ...init, headers })).status).toBe(401);
  },
);

test("assets and the page are served for good and for now", async () => {
  const page = await (await fetch(`${agent.address().url}/vm/01/`, { headers: await agent.learner(1) })).text();
  const script = /src="(\/assets\/workspace-[^"]+\.js)"/.exec(page)?.[1] ?? "";
  const answer = await fetch(agent.address().url + script);
  expect(answer.headers.get("cache-control")).toContain("immutable");
  expect(answer.headers.get("content-type")).toContain("javascript");
  expect((await fetch(`${agent.address().url}/assets/none.js`)).status).toBe(404);
});
