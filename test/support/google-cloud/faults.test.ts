import { afterEach, expect, test } from "bun:test";
import { officialClients } from "./clients.ts";
import { type GoogleCloud, startGoogleCloud } from "./google-cloud.ts";
import type { WorldSettings } from "./world.ts";

let cloud: GoogleCloud | undefined;
afterEach(() => cloud?.end());
const start = async (settings: WorldSettings = {}): Promise<GoogleCloud> => {
  cloud = await startGoogleCloud(settings);
  return cloud;
};
const secret = (port: number, id: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${port}/v1/projects/p1/secrets${id}`, { keepalive: false, ...init });
const create = (port: number, id: string) =>
  secret(port, `?secretId=${id}`, { method: "POST", body: JSON.stringify({ replication: { automatic: {} } }) });

test("an answer that is lost was done all the same; a connection that is cut did nothing", async () => {
  const { port, world } = await start();
  world.faults.add({ kind: "lost", method: "POST", path: "secretId=a" });
  world.faults.add({ kind: "cut", method: "POST", path: "secretId=b" });
  await expect(create(port, "a")).rejects.toThrow();
  await expect(create(port, "b")).rejects.toThrow();
  expect((await secret(port, "/a")).status).toBe(200);
  expect((await secret(port, "/b")).status).toBe(404);
  expect(world.history.calls.map(({ status }) => status)).toEqual([0, 0, 200, 404]);
});

test("a fault is used up by as many calls as it says", async () => {
  const { port, world } = await start();
  world.faults.add({ kind: "answer", status: 503, times: 2 });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await create(port, `a${i}`)).status);
  expect(statuses).toEqual([503, 503, 200]);
});

test("an operation fails by a test's word, and leaves nothing", async () => {
  const { port, world } = await start();
  const { instances, operations } = officialClients(port);
  world.faults.add({ kind: "operation", method: "POST", path: "/instances", code: "RESOURCE_ALREADY_EXISTS", status: 409 });
  const zone = "europe-west4-a";
  const initializeParams = { sourceImage: "projects/debian-cloud/global/images/family/debian-12" };
  const [{ latestResponse }] = await instances.insert({
    ...{ project: "p1", zone },
    instanceResource: {
      name: "a",
      machineType: `zones/${zone}/machineTypes/e2-standard-2`,
      disks: [{ boot: true, autoDelete: true, initializeParams }],
      networkInterfaces: [{}],
    },
  });
  const { name } = latestResponse as unknown as { name: string };
  const [operation] = await operations.wait({ project: "p1", zone, operation: name });
  expect(operation).toMatchObject({ httpErrorStatusCode: 409, httpErrorMessage: "CONFLICT" });
  expect(world.history.left()).toEqual([]);
});

test("one call too many in a minute is 403 rateLimitExceeded of compute, 429 of the others; the next minute is free", async () => {
  const { port, world } = await start({ perMinute: { compute: 2, dns: 0, secrets: 1 } });
  const zones = () => fetch(`http://127.0.0.1:${port}/compute/v1/projects/p1/zones`);
  const goOn = world.clock.hold();
  world.clock.advance(60_000 - (world.clock.now() % 60_000));
  expect([(await zones()).status, (await zones()).status]).toEqual([200, 200]);
  const refused = await zones();
  expect(refused.status).toBe(403);
  expect(((await refused.json()) as { error: { errors: unknown } }).error.errors).toMatchObject([
    { reason: "rateLimitExceeded" },
  ]);
  await secret(port, "");
  expect((await secret(port, "")).status).toBe(429);
  const names = await fetch(`http://127.0.0.1:${port}/dns/v1/projects/p1/managedZones`);
  expect([names.status, await names.text()]).toEqual([429, expect.stringContaining('"reason":"rateLimitExceeded"')]);
  world.clock.advance(60_000);
  expect((await zones()).status).toBe(200);
  goOn();
});

test("calls without the token are 401, of another project 403", async () => {
  const { port } = await start({ token: "emu" });
  expect((await secret(port, "")).status).toBe(401);
  const headers = { authorization: "Bearer emu" };
  expect((await secret(port, "", { headers })).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${port}/v1/projects/other/secrets`, { headers })).status).toBe(403);
});

test("every answer takes as long as it was told to; a late one longer", async () => {
  const { port } = await start({ latencyMs: 30 });
  const took = async () => {
    const before = performance.now();
    await secret(port, "");
    return performance.now() - before;
  };
  expect(await took()).toBeGreaterThan(25);
  await fetch(`http://127.0.0.1:${port}/_faults`, { method: "POST", body: JSON.stringify({ kind: "late", ms: 60 }) });
  expect(await took()).toBeGreaterThan(80);
  await fetch(`http://127.0.0.1:${port}/_times`, { method: "POST", body: JSON.stringify({ perMinute: { secrets: 0 } }) });
  expect((await secret(port, "")).status).toBe(429);
});

test("a fault, a time or a machine that can't be is told, and nothing is done", async () => {
  const { port, world } = await start();
  const wrong: [path: string, body: unknown, said: string][] = [
    ["_faults", { kind: "lots" }, 'kind is "lots"; it has to be one of answer, lost, cut'],
    ["_faults", [{ kind: "cut" }, { kind: "cut", path: "(" }], 'path is "("; it has to be a regular expression.'],
    ["_times", { times: { boot: 1 } }, 'There is no "boot"; there are provision, stage'],
    ["_clock", { advanceMs: "1" }, 'advanceMs is "1"; it has to be a number'],
    ["_metadata", { instance: "vm" }, 'There is no instance "vm"; write zones/ZONE/instances/NAME.'],
  ];
  for (const [path, body, said] of wrong) {
    const answer = await fetch(`http://127.0.0.1:${port}/${path}`, { method: "POST", body: JSON.stringify(body) });
    expect([answer.status >= 400 && answer.status < 500, await answer.text()]).toEqual([
      true,
      expect.stringContaining(JSON.stringify(said).slice(1, -1)),
    ]);
  }
  expect((await create(port, "a")).status).toBe(200);
  expect(world.history.calls).toHaveLength(1);
});

test("bodies that are no JSON, parameters that no call has and paths of broken letters are refused, never 500", async () => {
  const { port } = await start();
  const ask = (path: string, body: BodyInit | null, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { method: body === null ? "GET" : "POST", body, headers });
  const zone = "/compute/v1/projects/p1/zones/europe-west4-a";
  expect((await ask(`${zone}/instances`, "{")).status).toBe(400);
  expect((await ask(`${zone}/instances`, "not packed", { "content-encoding": "gzip" })).status).toBe(400);
  const misspelled = await ask(`${zone}/instances?requestid=1`, null);
  expect([misspelled.status, await misspelled.text()]).toEqual([400, expect.stringContaining('Unknown name \\"requestid\\"')]);
  expect((await ask(`${zone}/instances/%E0%A4%A`, null)).status).toBe(400);
  for (const body of [
    "null",
    "[]",
    '"a"',
    "1",
    '{"name":null,"disks":null}',
    '{"disks":[null]}',
    '{"toString":1}',
    '{"labels":[]}',
  ])
    for (const path of [
      `${zone}/instances`,
      "/compute/v1/projects/p1/global/firewalls",
      "/dns/v1/projects/p1/managedZones",
      "/v1/projects/p1/secrets?secretId=x",
    ])
      expect([path, body, (await ask(path, body)).status]).toEqual([path, body, 400]);
});
