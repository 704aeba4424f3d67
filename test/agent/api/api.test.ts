import { afterAll, beforeAll, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { AGENT_SOCKET, type Changes, type Projects, type SystemInfo, type Workshops } from "../../../agent/contract/api.ts";
import type { ChangeView } from "../../../agent/contract/changes.ts";
import type { ErrorBody } from "../../../agent/contract/errors.ts";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";

let agent: TestAgent;
beforeAll(async () => {
  agent = await startTestAgent(2);
  await agent.ready();
});
afterAll(() => agent?.end());

const socket = () => join(agent.directory, AGENT_SOCKET);
const ask = async (path: string, init: RequestInit = {}) => {
  const answer = await fetch(`http://agent${path}`, { ...init, unix: socket() });
  return { status: answer.status, body: (await answer.json()) as unknown };
};
const post = (path: string, body: object) => ask(path, { method: "POST", body: JSON.stringify(body) });
const messageOf = (body: unknown) => (body as ErrorBody).error.message;

test("the socket is its owner's alone, and whoever opens it needs no token", async () => {
  expect(statSync(socket()).mode & 0o777).toBe(0o600);
  const { body } = await ask("/v1/projects");
  const { workshop, machine } = agent.document;
  expect(body as Projects).toEqual({ projects: [{ ...workshop, machine, phase: "running", seats: [1, 2] }] });
});

test("the gateway has the same calls with its token, and nobody without", async () => {
  const answer = await agent.plane("/v1/workshops");
  expect((await answer.json()) as Workshops).toEqual((await ask("/v1/workshops")).body as Workshops);
  const stranger = await agent.plane("/v1/workshops", { headers: { authorization: "Bearer none" } });
  expect(stranger.status).toBe(401);
});

test("the description is valid OpenAPI 3.1, and every call in it is served", async () => {
  const { body } = await ask("/v1/openapi.json");
  const checked = await new Validator().validate(body as Record<string, unknown>);
  expect(checked.errors).toBeUndefined();
  expect(checked.valid).toBe(true);
  const { paths } = body as { paths: Record<string, Record<string, object>> };
  for (const [path, operations] of Object.entries(paths))
    for (const method of Object.keys(operations)) {
      const found = await ask(path.replace("{seat}", "01").replace(/\{\w+\}/g, "1"), { method: method.toUpperCase() });
      expect(`${method} ${path} ${JSON.stringify(found.body)}`).not.toContain("There is nothing at");
    }
});

test("a socket that a killed agent left is replaced", async () => {
  await agent.kill();
  expect(statSync(socket()).isSocket()).toBe(true);
  await agent.start();
  expect((await ask("/v1/projects")).status).toBe(200);
});

test("changes are listed by what is chosen, and one by its number", async () => {
  const { changes } = (await ask("/v1/changes")).body as Changes;
  expect(changes.length).toBeGreaterThan(0);
  const [first] = changes;
  expect((await ask(`/v1/changes/${first?.id}`)).body as ChangeView).toEqual(first as ChangeView);
  expect(((await ask("/v1/changes?select=in-progress")).body as Changes).changes).toEqual([]);
  expect(messageOf((await ask("/v1/changes?select=new")).body)).toBe('select is "new": it is one of all, in-progress, ready.');
  for (const id of ["0", "x", "1e3", "999999"]) expect((await ask(`/v1/changes/${id}`)).status).toBe(404);
});

test("waiting for a change that is over answers at once; a time that is none is refused", async () => {
  const { changes } = (await ask("/v1/changes?select=ready")).body as Changes;
  const id = changes[0]?.id;
  const { status, body } = await ask(`/v1/changes/${id}/wait`);
  expect([status, (body as ChangeView).id]).toEqual([200, String(id)]);
  const refused = await ask(`/v1/changes/${id}/wait?timeout=3600`);
  expect([refused.status, messageOf(refused.body)]).toEqual([
    400,
    'timeout is "3600": it is a number of seconds from 0 to 60. To wait longer, ask again.',
  ]);
});

test("what isn't asked for as the schema says is refused, and says where", async () => {
  const wrong = await post("/v1/workshops", { action: "refresh", seats: [1, 1] });
  expect([wrong.status, messageOf(wrong.body)]).toEqual([
    400,
    'The body is wrong at "/seats" ([1,1]): Expected array elements to be unique. GET /v1/openapi.json describes it.',
  ]);
  expect((await post("/v1/workshops", { action: "explode" })).status).toBe(400);
  expect((await post("/v1/workshops", { action: "start", sudo: true })).status).toBe(400);
  expect((await ask("/v1/workshops", { method: "POST", body: "{" })).status).toBe(400);
});

test("the machine says how it is", async () => {
  const info = (await ask("/v1/system-info")).body as SystemInfo;
  expect(info).toMatchObject({ project: agent.document.workshop.id, runtime: "process", seats: 2 });
  expect(info.disks[0]?.path).toBe(agent.directory);
});
