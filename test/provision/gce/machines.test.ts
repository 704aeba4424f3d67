import { afterEach, beforeEach, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { selfSigned } from "../../../agent/machine/certificate.ts";
import type { MachineWish } from "../../../provision/cloud.ts";
import { until } from "../../support/until.ts";
import { ZONES } from "./settings.ts";
import { type GoogleWorld, startGoogleWorld } from "./world.ts";

const [FIRST, SECOND] = ZONES;
let world: GoogleWorld;
beforeEach(async () => {
  world = await startGoogleWorld();
});
afterEach(() => world.end());

let made = 0;
function newWish(more: Partial<MachineWish> = {}): MachineWish {
  const workshop = `ws-abc${String(++made).padStart(3, "0")}`;
  return { name: `clarateach-${workshop}`, workshop, requestId: crypto.randomUUID(), boot: '{"nonce":"n"}', ...more };
}
const raw = async (path: string) => {
  const answer = await fetch(`http://127.0.0.1:${world.google.port}/compute/v1/projects/p1/${path}`);
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  return { status: answer.status, body: (await answer.json()) as any };
};
const instance = async (name: string, zone: string = FIRST) => (await raw(`zones/${zone}/instances/${name}`)).body;
const inserts = () =>
  world.google.world.history.calls.filter(({ method, path }) => method === "POST" && /\/instances\?/.test(path));
const machinesMade = () => world.google.world.history.entries.filter(({ kind }) => kind === "instance");
const gone = async (name: string) => until("its end", async () => (await world.cloud.machines.find(name)) === undefined);

test("labels of the installation's own stand on machine, disk and key, and never in the place of ours", async () => {
  const cloud = await world.another({ labels: { team: "training", workshop: "not-this" } });
  const wish = newWish();
  await cloud.machines.create(wish);
  await cloud.secrets.put("some-key", "sk", { workshop: wish.workshop });
  const [machine] = world.google.world.compute.machines.values();
  const [disk] = world.google.world.compute.disks.values();
  const secret = world.google.world.secrets.secrets.get("test-some-key");
  for (const labels of [machine?.instance.labels, disk?.labels, secret?.labels])
    expect(labels).toMatchObject({ team: "training", installation: "test", workshop: wish.workshop });
  // Other labels than before: it is found all the same.
  expect(await world.cloud.machines.find(wish.name)).toBeDefined();
});

test("settings of seats stand in its metadata as lines, JSON between single quotes", async () => {
  const servers = { CLARATEACH_ICE_SERVERS: '[{"urls":["stun:stun.example.org"]}]' };
  const cloud = await world.another({
    seatSettings: { CLARATEACH_OUTBOUND: "none", CLARATEACH_SEAT_MEMORY: "1.5 GiB", ...servers },
  });
  const wish = newWish();
  await cloud.machines.create(wish);
  expect((await instance(wish.name)).metadata.items).toContainEqual({
    key: "clarateach-settings",
    value: `CLARATEACH_OUTBOUND=none\nCLARATEACH_SEAT_MEMORY=1.5 GiB\nCLARATEACH_ICE_SERVERS='${servers.CLARATEACH_ICE_SERVERS}'\n`,
  });
});

test("a machine is made as the class needs it: labels, document, no account, shielded, deleted by Google at the latest end", async () => {
  const endsBy = Date.now() + 8 * 3_600_000;
  const wish = newWish({ code: "LION-1234", endsBy, metadata: { "seats-map": "{}" } });
  await world.cloud.machines.create(wish);
  const found = await instance(wish.name);
  expect(found.labels).toEqual({ "managed-by": "clarateach", installation: "test", workshop: wish.workshop, code: "lion-1234" });
  const metadata = Object.fromEntries(found.metadata.items.map(({ key, value }: { key: string; value: string }) => [key, value]));
  expect(metadata).toEqual({ "clarateach-boot": wish.boot, "seats-map": "{}", "block-project-ssh-keys": "TRUE" });
  expect(found.serviceAccounts ?? []).toEqual([]);
  expect(found.shieldedInstanceConfig).toEqual({ enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true });
  expect(found.scheduling.instanceTerminationAction).toBe("DELETE");
  expect(Math.abs(Number(found.scheduling.maxRunDuration.seconds) - 8 * 3600)).toBeLessThan(120);
  expect(found.machineType).toEndWith(`/zones/${FIRST}/machineTypes/e2-standard-8`);
  expect(found.tags.items).toEqual(["clarateach"]);
  expect(found.disks[0]).toMatchObject({ boot: true, autoDelete: true, diskSizeGb: "50" });
  expect(found.networkInterfaces[0].accessConfigs).toHaveLength(1);
});

test("nobody's gateway: Google deletes it at its end, its disk too", async () => {
  const wish = newWish({ endsBy: Date.now() + 3_600_000 });
  await world.cloud.machines.create(wish);
  await until("it to run", async () => (await instance(wish.name)).status === "RUNNING");
  world.google.world.clock.advance(3_700_000);
  await gone(wish.name);
  expect(world.google.world.history.left().filter(({ kind }) => kind !== "managedZone")).toEqual([]);
});

test("it is starting until its plane answers, then told with its addresses", async () => {
  const wish = newWish();
  await world.cloud.machines.create(wish);
  const found = await until("an address", async () => {
    const machine = await world.cloud.machines.find(wish.name);
    return machine?.ip ? machine : undefined;
  });
  const endpoint = `${wish.workshop}.ws.example.com`;
  expect(found).toMatchObject({
    ...{ name: wish.name, workshop: wish.workshop, status: "starting", endpoint, url: `https://${endpoint}` },
    plane: { host: found.ip, port: 8443 },
  });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const tls = { key, cert: selfSigned(key, wish.name) };
  const plane = Bun.serve({ hostname: found.ip as string, port: 8443, tls, fetch: () => new Response("") });
  await until("it to run", async () => (await world.cloud.machines.find(wish.name))?.status === "running");
  await plane.stop(true);
});

test("made twice it is one: the same call again, a gateway that was killed, two at once", async () => {
  const wish = newWish();
  await Promise.all([world.cloud.machines.create(wish), (await world.another()).machines.create(wish)]);
  await (await world.another()).machines.create(wish);
  expect(machinesMade()).toHaveLength(1);
});

test("killed between the call and its answer: the same request finds what it made", async () => {
  const wish = newWish();
  world.google.world.faults.add({ kind: "silent", method: "POST", path: "/instances\\?" });
  const killed = new AbortController();
  const first = world.cloud.machines.create(wish, { signal: killed.signal });
  await until("the call", () => machinesMade().length > 0);
  killed.abort(new Error("killed"));
  await expect(first).rejects.toThrow("killed");
  await (await world.another()).machines.create(wish);
  expect(machinesMade()).toHaveLength(1);
  expect((await world.cloud.machines.list()).map(({ name }) => name)).toEqual([wish.name]);
});

test("a lost answer, a cut connection, 503, 429 and a minute's quota are tried again, and make one machine", async () => {
  const path = "/instances\\?";
  const wish = newWish();
  const { faults } = world.google.world;
  faults.add({ kind: "lost", method: "POST", path });
  faults.add({ kind: "cut", method: "POST", path });
  faults.add({ kind: "answer", status: 503, method: "POST", path });
  faults.add({ kind: "answer", status: 403, reason: "rateLimitExceeded", method: "POST", path });
  await world.cloud.machines.create(wish);
  expect(inserts()).toHaveLength(5);
  expect(new Set(inserts().map(({ path: each }) => new URL(each, "http://x").searchParams.get("requestId"))).size).toBe(1);
  expect(machinesMade()).toHaveLength(1);
});

test("a full zone: the next one is asked, by another request, and nothing is left in the first", async () => {
  world.google.world.compute.exhausted.set(FIRST, { details: true });
  const wish = newWish();
  await world.cloud.machines.create(wish);
  expect((await raw(`zones/${FIRST}/instances/${wish.name}`)).status).toBe(404);
  expect((await instance(wish.name, SECOND)).name).toBe(wish.name);
  expect(inserts()).toHaveLength(2);
  expect(world.google.world.history.left().filter(({ kind }) => kind === "instance")).toHaveLength(1);
});

test("a zone that is found full long after it accepted: the same request, once more, goes to the next zone", async () => {
  const { compute, clock, times } = world.google.world;
  compute.exhausted.set(FIRST, { details: false });
  times.provision = 3_600_000;
  const wish = newWish();
  await world.cloud.machines.create(wish);
  expect((await instance(wish.name)).status).toBe("PROVISIONING");
  clock.advance(times.provision);
  times.provision = 20;
  expect(await world.cloud.machines.find(wish.name)).toBeUndefined();
  await world.cloud.machines.create(wish);
  expect((await instance(wish.name, SECOND)).name).toBe(wish.name);
  expect(world.google.world.history.left().filter(({ kind }) => kind === "instance")).toHaveLength(1);
});

test("killed between two zones: the next gateway goes on, and there is one machine", async () => {
  world.google.world.compute.exhausted.set(FIRST, { details: false });
  const wish = newWish();
  const killed = new AbortController();
  world.google.world.faults.add({ kind: "cut", method: "POST", path: `${SECOND}/instances`, times: 100 });
  const first = world.cloud.machines.create(wish, { signal: killed.signal });
  await until("the second zone", () => inserts().some(({ path }) => path.includes(SECOND)));
  killed.abort(new Error("killed"));
  await expect(first).rejects.toThrow("killed");
  world.google.world.faults.clear();
  await (await world.another()).machines.create(wish);
  expect((await instance(wish.name, SECOND)).name).toBe(wish.name);
  const requestsIn = (zone: string) =>
    new Set(
      inserts().flatMap(({ path }) => (path.includes(zone) ? [new URL(path, "http://x").searchParams.get("requestId")] : [])),
    );
  expect([requestsIn(FIRST).size, requestsIn(SECOND).size]).toEqual([1, 1]);
  expect(world.google.world.history.left().filter(({ kind }) => kind === "instance")).toHaveLength(1);
});

test("all zones full: told with their names, and nothing is left", async () => {
  for (const zone of ZONES) world.google.world.compute.exhausted.set(zone, { details: false });
  await expect(world.cloud.machines.create(newWish())).rejects.toMatchObject({
    code: "STATE_CONFLICT",
    message: `Google Cloud has no room for another machine (e2-standard-8) now in ${ZONES.join(" or ")}. Start again in some minutes. Whoever runs ClaraTeach can name further zones in CLARATEACH_GCE_ZONES.`,
  });
  expect(world.google.world.history.left().filter(({ kind }) => kind === "instance")).toEqual([]);
});

test("an insert that was accepted and failed by Google's own fault is asked for anew, by another request", async () => {
  const wish = newWish();
  world.google.world.faults.add({
    kind: "operation",
    code: "INTERNAL_ERROR",
    status: 500,
    method: "POST",
    path: "/instances\\?",
  });
  await world.cloud.machines.create(wish);
  expect((await instance(wish.name)).name).toBe(wish.name);
  expect(new Set(inserts().map(({ path }) => new URL(path, "http://x").searchParams.get("requestId"))).size).toBe(2);
  expect(world.google.world.history.left().filter(({ kind }) => kind === "instance")).toHaveLength(1);
});

test("quota that is used up is told for good; no other zone is asked", async () => {
  world.google.world.compute.quotas.set("CPUS", 4);
  await expect(world.cloud.machines.create(newWish())).rejects.toMatchObject({
    code: "FORBIDDEN",
    reason: "QUOTA_EXCEEDED",
    message: expect.stringContaining("project p1 may use 4 CPUS in europe-west4, and this machine would be more."),
  });
  expect(inserts()).toHaveLength(1);
});

test("a name that somebody else has is 409, told with whose it is", async () => {
  const wish = newWish();
  await world.cloud.machines.create({ ...wish, workshop: "ws-other0" });
  await expect(world.cloud.machines.create(wish)).rejects.toMatchObject({ code: "STATE_CONFLICT" });
  const foreign = newWish();
  await (await world.another({ installation: "other" })).machines.create({ ...foreign, requestId: crypto.randomUUID() });
  await expect(world.cloud.machines.create(foreign)).rejects.toMatchObject({ code: "STATE_CONFLICT", reason: "alreadyExists" });
  expect((await world.cloud.machines.list()).map(({ name }) => name)).toEqual([wish.name]);
});

test("what Google refuses is refused at once, with its words", async () => {
  await expect(world.cloud.machines.create(newWish({ boot: "x".repeat(300_000) }))).rejects.toMatchObject({
    code: "TOO_LARGE",
    message: expect.stringContaining("maximum size 262144"),
  });
  expect(inserts()).toHaveLength(1);
});

test("a machine is removed with its disk; removing once more, or what was never there, is fine", async () => {
  const wish = newWish();
  await world.cloud.machines.create(wish);
  await Promise.all([world.cloud.machines.remove(wish.name), world.cloud.machines.remove(wish.name)]);
  await gone(wish.name);
  await world.cloud.machines.remove(wish.name);
  expect(world.google.world.history.left().filter(({ kind }) => kind !== "managedZone")).toEqual([]);
});

test("a removal whose answer is lost, and one that Google fails, are done again", async () => {
  const wish = newWish();
  await world.cloud.machines.create(wish);
  world.google.world.faults.add({ kind: "operation", method: "DELETE", code: "INTERNAL_ERROR", status: 500 });
  await world.cloud.machines.remove(wish.name);
  world.google.world.faults.add({ kind: "lost", method: "DELETE" });
  await until("its end", async () => {
    await world.cloud.machines.remove(wish.name);
    return (await world.cloud.machines.find(wish.name)) === undefined;
  });
});

test("metadata is written beside what is there; a fingerprint that others outdated is read again", async () => {
  const wish = newWish();
  await world.cloud.machines.create(wish);
  world.google.world.faults.add({ kind: "stale", method: "POST", path: "setMetadata", times: 2 });
  const write = (seats: string) => world.cloud.machines.write?.(wish.name, { "seats-map": seats });
  await write("1");
  await Promise.all([write("2"), (await world.another()).machines.write?.(wish.name, { other: "3" })]);
  const [found] = await world.cloud.machines.list();
  expect(found?.metadata).toMatchObject({ "seats-map": "2", other: "3" });
  expect((await instance(wish.name)).metadata.items).toContainEqual({ key: "clarateach-boot", value: wish.boot });
});

test("metadata that Google took and then failed to write is written once more", async () => {
  const wish = newWish();
  await world.cloud.machines.create(wish);
  const fault = { kind: "operation", method: "POST", path: "setMetadata", code: "INTERNAL_ERROR", status: 500 } as const;
  world.google.world.faults.add(fault);
  await world.cloud.machines.write?.(wish.name, { "seats-map": "1" });
  expect(world.google.world.faults.waiting()).toBe(0);
  const { items } = (await instance(wish.name)).metadata;
  expect(items).toContainEqual({ key: "seats-map", value: "1" });
});

test("one that Google stopped is broken, and what it said last is told", async () => {
  const wish = newWish();
  await world.cloud.machines.create(wish);
  await until("it to run", async () => (await instance(wish.name)).status === "RUNNING");
  const machine = world.google.world.compute.machines.get(`${FIRST}/${wish.name}`);
  if (!machine) throw new Error("there is no such machine");
  machine.instance.status = "TERMINATED";
  expect(await world.cloud.machines.find(wish.name)).toMatchObject({
    status: "broken",
    detail: expect.stringContaining("TERMINATED"),
  });
  expect(await world.cloud.machines.lastWords?.(wish.name)).toContain(`Booting ${wish.name}`);
});

test("fifty who look at once are one call, and one for disks where there is no machine", async () => {
  await world.cloud.machines.list();
  const before = world.google.world.history.calls.length;
  await Promise.all(Array.from({ length: 50 }, (_, i) => world.cloud.machines.find(`clarateach-ws-none${i}`)));
  expect(world.google.world.history.calls.length - before).toBeLessThanOrEqual(2);
});

test("a server that never answers is left at the deadline of the caller", async () => {
  world.google.world.faults.add({ kind: "silent", path: "aggregated", times: 100 });
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(world.cloud.machines.list({ signal })).rejects.toThrow("enough");
  const leaving = new AbortController();
  const looking = world.cloud.machines.find("clarateach-ws-abc000", { signal: leaving.signal });
  await until("the call", () => world.google.world.history.calls.length > 0);
  leaving.abort(new Error("enough"));
  await expect(looking).rejects.toThrow("enough");
});

/** Somebody took the disk off, or Google couldn't delete it: the machine goes, its disk stays. */
async function machineWithoutDisk(wish: MachineWish, zone: string = FIRST): Promise<void> {
  const { machines } = world.google.world.compute;
  await until("it to run", () => machines.get(`${zone}/${wish.name}`)?.instance.status === "RUNNING");
  for (const disk of machines.get(`${zone}/${wish.name}`)?.disks ?? []) disk.autoDelete = false;
  await fetch(`http://127.0.0.1:${world.google.port}/compute/v1/projects/p1/zones/${zone}/instances/${wish.name}`, {
    method: "DELETE",
  });
  await until("it to go", () => !machines.has(`${zone}/${wish.name}`));
}
const disksLeft = () =>
  world.google.world.history
    .left()
    .filter(({ kind }) => kind === "disk")
    .map(({ name }) => name);

test("a disk that outlived its machine is told with its end, and taken away as the machine is", async () => {
  const wish = newWish({ endsBy: Date.now() + 3_600_000 });
  await world.cloud.machines.create(wish);
  await machineWithoutDisk(wish);
  const found = await world.cloud.machines.find(wish.name);
  expect(found).toMatchObject({
    workshop: wish.workshop,
    status: "broken",
    onlyDisk: true,
    detail: `Its disk in ${FIRST} outlived it`,
  });
  expect(Math.abs((found?.endsBy ?? 0) - (wish.endsBy ?? 0))).toBeLessThan(1000);
  expect(await world.cloud.machines.list()).toEqual([found as NonNullable<typeof found>]);
  await world.cloud.machines.remove(wish.name);
  await world.cloud.machines.remove(wish.name);
  await gone(wish.name);
  expect(disksLeft()).toEqual([]);
});

test("a disk that outlived its machine makes room for the next machine of its name", async () => {
  const wish = newWish();
  await world.cloud.machines.create(wish);
  await machineWithoutDisk(wish);
  await world.cloud.machines.create({ ...wish, requestId: crypto.randomUUID() });
  expect(machinesMade()).toHaveLength(2);
  expect(disksLeft()).toEqual([`zones/${FIRST}/disks/${wish.name}`]);
});

test("disks of machines that are there, and another installation's, are none of the left ones", async () => {
  const own = newWish();
  const other = (await world.another({ installation: "other" })).machines;
  const theirs = newWish();
  await world.cloud.machines.create(own);
  await other.create(theirs);
  await machineWithoutDisk(theirs);
  expect((await world.cloud.machines.list()).map(({ name }) => name)).toEqual([own.name]);
  expect(await world.cloud.machines.find(theirs.name)).toBeUndefined();
  await world.cloud.machines.remove(theirs.name);
  expect(disksLeft()).toContain(`zones/${FIRST}/disks/${theirs.name}`);
  expect((await other.list()).map(({ onlyDisk }) => onlyDisk)).toEqual([true]);
});
