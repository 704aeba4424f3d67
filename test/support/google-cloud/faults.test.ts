import { afterEach, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../until.ts";
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

test("one call too many in a minute is 403 rateLimitExceeded, of Secret Manager 429; the next minute is free", async () => {
  const { port, world } = await start({ perMinute: { compute: 2, secrets: 1 } });
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

test("it starts alone, for other programs: port, project and zone on the command line, faults and record by HTTP", async () => {
  const room = await mkdtemp(join(tmpdir(), "ct-google-"));
  const main = new URL("main.ts", import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, main, "--port", "0", "--project", "p7", "--zone", "ws=ws.example.com."], {
    stdout: Bun.file(join(room, "out")),
  });
  const url = await until("the address", async () => /http:\S+/.exec(await Bun.file(join(room, "out")).text())?.[0]);
  const records = await fetch(`${url}/dns/v1/projects/p7/managedZones/ws/rrsets`);
  expect(((await records.json()) as { rrsets: unknown[] }).rrsets).toHaveLength(2);
  await fetch(`${url}/_faults`, { method: "POST", body: JSON.stringify({ kind: "answer", status: 503 }) });
  expect((await fetch(`${url}/v1/projects/p7/secrets`)).status).toBe(503);
  const { entries, calls } = (await (await fetch(`${url}/_record`)).json()) as { entries: unknown[]; calls: unknown[] };
  expect(entries).toMatchObject([{ kind: "managedZone", name: "ws" }]);
  expect(calls).toHaveLength(2);
  child.kill();
  await child.exited;
  await rm(room, { recursive: true });
});
