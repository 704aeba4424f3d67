import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Names } from "../../../provision/cloud.ts";
import { until } from "../../support/until.ts";
import { type GoogleWorld, startGoogleWorld } from "./world.ts";

const HOST = "ws-abc123.ws.example.com";
let world: GoogleWorld;
let names: Names;
beforeEach(async () => {
  world = await startGoogleWorld();
  names = world.cloud.names as Names;
});
afterEach(() => world.end());

const records = () =>
  [...(world.google.world.dns.zones.get("ws")?.records.values() ?? [])]
    .filter(({ type }) => type === "A")
    .map(({ name, ttl, rrdatas }) => `${name} ${ttl} ${rrdatas}`)
    .sort();
const pair = (ip: string, host = HOST) => [`*.${host}. 60 ${ip}`, `${host}. 60 ${ip}`];
const changes = () => world.google.world.dns.zones.get("ws")?.changes ?? [];

test("a name and all below it are pointed in one change, which is done when the call is", async () => {
  await names.create(HOST, "192.0.2.1");
  expect(records()).toEqual(pair("192.0.2.1"));
  expect(changes()).toHaveLength(2);
  expect(changes().at(-1)?.status).toBe("done");
  expect(await names.find(HOST)).toEqual({ host: HOST, ip: "192.0.2.1", status: "running" });
});

const texts = () =>
  [...(world.google.world.dns.zones.get("ws")?.records.values() ?? [])]
    .filter(({ type }) => type === "TXT")
    .map(({ name, rrdatas }) => `${name} ${rrdatas}`);

test("whose a name is and until when stands beside it, changes with it and goes with it", async () => {
  const endsBy = 1_900_000_000_000;
  await names.create(HOST, "192.0.2.1", { endsBy });
  expect(texts()).toEqual([`${HOST}. "clarateach installation=test ends=1900000000"`]);
  expect(await names.find(HOST)).toEqual({ host: HOST, ip: "192.0.2.1", status: "running", endsBy });
  expect(await names.list()).toMatchObject([{ host: HOST, endsBy }]);
  await names.create(HOST, "192.0.2.1", { endsBy: endsBy + 3_600_000 });
  expect(texts()).toEqual([`${HOST}. "clarateach installation=test ends=1900003600"`]);
  await names.remove(HOST);
  expect([texts(), records()]).toEqual([[], []]);
});

test("another installation's name isn't listed, not pointed elsewhere and not taken away", async () => {
  const other = (await world.another({ installation: "other" })).names as Names;
  await other.create(HOST, "192.0.2.7");
  expect(await names.list()).toEqual([]);
  await expect(names.create(HOST, "192.0.2.1")).rejects.toMatchObject({
    code: "STATE_CONFLICT",
    message: `The name ${HOST} belongs to another installation of ClaraTeach in this zone.`,
  });
  await names.remove(HOST);
  expect(records()).toEqual(pair("192.0.2.7"));
  expect((await other.list()).map(({ host }) => host)).toEqual([HOST]);
});

test("once more changes nothing; another address replaces the first", async () => {
  await names.create(HOST, "192.0.2.1");
  await names.create(HOST, "192.0.2.1");
  expect(changes()).toHaveLength(2);
  await names.create(HOST, "192.0.2.2");
  expect(records()).toEqual(pair("192.0.2.2"));
});

test("a lost answer, 503 and a minute's quota are tried again; two at once agree", async () => {
  const { faults } = world.google.world;
  faults.add({ kind: "lost", method: "POST", path: "changes" });
  faults.add({ kind: "answer", status: 503, method: "POST", path: "changes" });
  await names.create(HOST, "192.0.2.1");
  expect(records()).toEqual(pair("192.0.2.1"));
  faults.add({ kind: "answer", status: 403, reason: "rateLimitExceeded", path: "rrsets" });
  const other = (await world.another()).names as Names;
  await Promise.all([names.create(HOST, "192.0.2.7"), other.create(HOST, "192.0.2.7")]);
  expect(records()).toEqual(pair("192.0.2.7"));
});

test("who finds it changed already waits until name servers know it, too", async () => {
  const { faults, times } = world.google.world;
  times.change = 1500;
  faults.add({ kind: "lost", method: "POST", path: "changes" });
  await names.create(HOST, "192.0.2.1");
  expect(changes().at(-1)).toMatchObject({ id: "1", status: "done" });
  const proving = names.prove?.(HOST, ["proof"]);
  await until("the change", () => changes().length === 3);
  // Another gateway, after a kill in between.
  await ((await world.another()).names as Names).prove?.(HOST, ["proof"]);
  expect(changes().map(({ status }) => status)).toEqual(["done", "done", "done"]);
  await proving;
});

test("what is half there is told as broken, completed by pointing it again, and taken away whole", async () => {
  await names.create(HOST, "192.0.2.1");
  world.google.world.dns.zones.get("ws")?.records.delete(`*.${HOST}. A`);
  expect(await names.find(HOST)).toMatchObject({ status: "broken" });
  expect(await names.list()).toMatchObject([{ host: HOST, status: "broken" }]);
  await names.create(HOST, "192.0.2.1");
  expect(await names.find(HOST)).toMatchObject({ status: "running" });
  await names.remove(HOST);
  await names.remove(HOST);
  expect(await names.find(HOST)).toBeUndefined();
  expect(records()).toEqual([]);
});

test("only names of machines are listed, not others of the zone", async () => {
  await names.create(HOST, "192.0.2.1");
  await names.create("ws-abc123-2.ws.example.com", "192.0.2.2");
  const own = { additions: [{ name: "www.ws.example.com.", type: "A", ttl: 60, rrdatas: ["192.0.2.3"] }] };
  const url = `http://127.0.0.1:${world.google.port}/dns/v1/projects/p1/managedZones/ws/changes`;
  await fetch(url, { method: "POST", body: JSON.stringify(own) });
  expect((await names.list()).map(({ host }) => host).sort()).toEqual(["ws-abc123-2.ws.example.com", HOST].sort());
});

test("a call that was left is left at once", async () => {
  world.google.world.faults.add({ kind: "silent", path: "changes" });
  const leaving = new AbortController();
  const pointing = names.create(HOST, "192.0.2.1", { signal: leaving.signal });
  await until("the change", () => changes().length > 1);
  leaving.abort(new Error("enough"));
  await expect(pointing).rejects.toThrow("enough");
  await names.create(HOST, "192.0.2.1");
  expect(changes()).toHaveLength(2);
});

test("many that come at once share lists and changes, and a zone of several pages is read whole", async () => {
  const hosts = Array.from({ length: 300 }, (_, i) => `ws-${String(i).padStart(6, "a")}.ws.example.com`);
  const before = world.google.world.history.calls.length;
  await Promise.all(hosts.map((host) => names.create(host, "192.0.2.1")));
  expect(changes().length).toBeLessThan(10);
  const found = await Promise.all(hosts.map((host) => names.find(host)));
  expect(found.every((name) => name?.status === "running")).toBe(true);
  expect(await names.list()).toHaveLength(hosts.length);
  expect(world.google.world.history.calls.length - before).toBeLessThan(60);
  await Promise.all(hosts.map((host) => names.remove(host)));
  expect(await names.list()).toEqual([]);
});

test("a change of several that is refused is wished again by each, from what stands there then", async () => {
  await names.create(HOST, "192.0.2.1");
  const others = Array.from({ length: 4 }, (_, i) => `ws-abc12${i + 4}.ws.example.com`);
  world.google.world.faults.add({ kind: "answer", status: 409, reason: "alreadyExists", method: "POST", path: "changes" });
  await Promise.all(others.map((host) => names.create(host, "192.0.2.9")));
  expect(await names.list()).toHaveLength(5);
});
