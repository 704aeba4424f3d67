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
