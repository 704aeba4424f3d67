import { afterAll, beforeAll, expect, test } from "bun:test";
import type { LearnerTable } from "../../../gateway/db/schema.ts";
import { seatsMapOf } from "../../../gateway/workshops/metadata.ts";
import { extended } from "../../../gateway/workshops/moved-times.ts";
import { created, started } from "../../../gateway/workshops/moves.ts";
import { plan } from "../../../gateway/workshops/plan.ts";
import type { Whole } from "../../../gateway/workshops/record.ts";
import { redefined } from "../../../gateway/workshops/redefine.ts";
import type { Outcome, Resource } from "../../../gateway/workshops/resource.ts";
import type { CallTools } from "../../../gateway/workshops/resources/kind.ts";
import { machine } from "../../../gateway/workshops/resources/machine.ts";
import { secret } from "../../../gateway/workshops/resources/secret.ts";
import { subjectOf } from "../../../gateway/workshops/subject.ts";
import { keyNeededUntil, machinesEnd, secretName } from "../../../gateway/workshops/workshop.ts";
import { type GoogleWorld, startGoogleWorld } from "../../provision/gce/world.ts";
import { until } from "../../support/until.ts";

let world: GoogleWorld;
beforeAll(async () => {
  world = await startGoogleWorld();
});
afterAll(() => world.end());

const ENVIRONMENT = { name: "claude", base: "debian@12", sdks: [], connections: [], actions: [] };

function learner(seat: number, odehash: string, more: Partial<LearnerTable> = {}): LearnerTable {
  const at = new Date().toISOString();
  const rest = { joined_at: at, entered_at: at, address: null, closed_at: null, why: null };
  return { id: `l${odehash}`, workshop: "ws-abc123", seat, generation: 1, odehash, name: "Mira", ...rest, ...more };
}

/** A class that was just started, or runs. */
function newClass(id: string, state: "provisioning" | "running", learners: LearnerTable[] = []): Whole {
  const wish = { name: "First steps", seats: 3, hours: 4, definition: null, environment: ENVIRONMENT };
  const held = started(created("ida", wish, { id, code: "LION-7K3M" }, new Date()), new Date());
  const seats = [1, 2, 3].map((seat) => ({ workshop: id, seat, generation: 1, fresh_since: 1, ready: 1 }));
  return { ...held, workshop: { ...held.workshop, state }, seats, learners, journal: [], checks: [] };
}

const tools = () => ({ cloud: world.cloud, issuer: { url: "http://localhost", keys: [] } }) as unknown as CallTools;

/** A machine that runs, and took all it was told. */
function settledMachine(whole: Whole): Resource {
  const row = whole.rows.find(({ kind }) => kind === "machine") as Resource;
  const key = { version: 1, agent: "now" };
  const report = { startedAt: "now", seats: [], changes: [], llm: { state: "ok", seats: [] } };
  const detail = { certificate: "PEM", acknowledged: whole.workshop.document, report, key };
  return { ...row, observed: "running", detail: detail as Resource["detail"] };
}

const nextCall = (whole: Whole, row: Resource) =>
  plan(subjectOf({ ...whole, rows: [row] }, true, world.cloud), Date.now()).actions.map(({ kind }) => kind);

const learned = (outcome: Outcome) => {
  if (outcome.kind !== "learned") throw new Error(`it is ${outcome.kind}`);
  return outcome;
};

const instance = async (name: string) => {
  const url = `http://127.0.0.1:${world.google.port}/compute/v1/projects/p1/zones/europe-west4-a/instances/${name}`;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  const found = (await (await fetch(url)).json()) as any;
  const items = (found.metadata?.items ?? []) as { key: string; value: string }[];
  return { ...found, metadata: Object.fromEntries(items.map(({ key, value }) => [key, value])) };
};

test("who sits on a machine's seats stands in its map, in the seats' order; who left and who sits elsewhere doesn't", () => {
  const closed = learner(2, "zzzzz", { closed_at: "2026-01-01T00:00:00.000Z", why: "freed" });
  const all = [learner(11, "other"), closed, learner(2, "b3n9p"), learner(1, "x7k2m")];
  expect(seatsMapOf(all, 1)).toBe('{"x7k2m":1,"b3n9p":2}');
  expect(seatsMapOf(all, 2)).toBe('{"other":11}');
});

test("a machine is made with its code, its latest end, the number of seats and the map", async () => {
  const whole = newClass("ws-abc001", "provisioning");
  const row = whole.rows.find(({ kind }) => kind === "machine") as Resource;
  const detail = { requestId: crypto.randomUUID(), nonce: "a".repeat(64), creatingUntil: Date.now() + 30_000 };
  expect(await machine.call(tools(), whole, { ...row, detail }, "create")).toEqual({ kind: "created" });
  const found = await instance("clarateach-ws-abc001");
  expect(found.labels).toMatchObject({ workshop: "ws-abc001", code: "lion-7k3m" });
  expect(found.metadata).toMatchObject({ seats: "3", "seats-map": "{}" });
  expect(JSON.parse(found.metadata["clarateach-boot"])).toMatchObject({ machine: "clarateach-ws-abc001", nonce: detail.nonce });
  expect(JSON.parse(found.metadata["clarateach-record"])).toMatchObject({ owner: "ida", code: "LION-7K3M", seats: 3 });
  const runsFor = ((machinesEnd(whole.workshop) ?? 0) - Date.now()) / 1000;
  expect(Math.abs(Number(found.scheduling.maxRunDuration.seconds) - runsFor)).toBeLessThan(60);
});

test("the map follows those who join, one write for all who came meanwhile, and never in the way of the class", async () => {
  const name = "clarateach-ws-abc002";
  const wish = { name, workshop: "ws-abc002", requestId: crypto.randomUUID(), boot: "{}" };
  await world.cloud.machines.create({ ...wish, metadata: { "seats-map": "{}", other: "stays" } });
  await until("it to run", async () => (await instance(name)).status === "RUNNING");
  const empty = newClass("ws-abc002", "running");
  expect(nextCall(empty, settledMachine(empty))).toEqual(["ask"]);

  const two = { ...empty, learners: [learner(1, "x7k2m"), learner(2, "b3n9p")] };
  expect(nextCall(two, settledMachine(two))).toEqual(["map"]);
  const wrote = learned(await machine.call(tools(), two, settledMachine(two), "map"));
  expect((await instance(name)).metadata).toMatchObject({ "seats-map": '{"x7k2m":1,"b3n9p":2}', other: "stays" });
  const told = { ...settledMachine(two), detail: wrote.detail };
  expect(nextCall(two, told)).toEqual(["ask"]);
  // The third comes at once: asked how it does first, then told.
  const three = { ...two, learners: [...two.learners, learner(3, "k1k1k")] };
  expect(nextCall(three, told)).toEqual(["ask"]);
  const { seatsMapWaits: _, ...asked } = wrote.detail as typeof wrote.detail & { seatsMapWaits?: true };
  expect(nextCall(three, { ...told, detail: asked })).toEqual(["map"]);
});

test("another definition is written down beside who sits where, once", async () => {
  const name = "clarateach-ws-abc005";
  const wish = { name, workshop: "ws-abc005", requestId: crypto.randomUUID(), boot: "{}" };
  await world.cloud.machines.create({ ...wish, metadata: { "seats-map": "{}", "clarateach-record": "{}" } });
  await until("it to run", async () => (await instance(name)).status === "RUNNING");
  const before = newClass("ws-abc005", "running");
  const rows = before.rows.map((row) => (row.kind === "machine" ? settledMachine(before) : row));
  const environment = { ...ENVIRONMENT, name: "notes" };
  const edited = redefined({ ...before, rows }, { definition: "name: notes\n", written: null, environment });
  const row = edited.rows.find(({ kind }) => kind === "machine") as Resource;
  const after = { ...before, ...edited };
  expect(nextCall(after, row)).toEqual(["instruct"]);
  const told = { ...row, detail: { ...row.detail, acknowledged: edited.workshop.document } } as Resource;
  expect(nextCall(after, told)).toEqual(["map"]);
  const wrote = learned(await machine.call(tools(), after, told, "map"));
  expect(JSON.parse((await instance(name)).metadata["clarateach-record"])).toMatchObject({
    environment,
    edited: { definition: "name: notes\n", document: edited.workshop.document },
  });
  const { seatsMapWaits: _, ...asked } = wrote.detail as typeof wrote.detail & { seatsMapWaits?: true };
  expect(nextCall(after, { ...told, detail: asked })).toEqual(["ask"]);
});

test("a cloud that can't be told who sits where costs a line of the log and nothing else", async () => {
  const whole = newClass("ws-abc003", "running", [learner(1, "x7k2m")]);
  const outcome = learned(await machine.call(tools(), whole, settledMachine(whole), "map"));
  expect(outcome.warning).toContain("there is no such machine");
  expect(nextCall(whole, { ...settledMachine(whole), detail: outcome.detail })).toEqual(["ask"]);
});

test("a class that runs keeps its sealed key until a day after its latest end; one that only starts leaves it alone", async () => {
  const name = secretName("ws-abc004");
  await world.cloud.secrets.put(name, "sk-ant", { workshop: "ws-abc004", expiresAt: Date.now() + 90 * 86_400_000 });
  const whole = newClass("ws-abc004", "running");
  const row: Resource = { ...(whole.rows.find(({ kind }) => kind === "secret") as Resource), observed: "present" };
  const starting = newClass("ws-abc004", "provisioning");
  expect(nextCall(starting, row)).toEqual([]);
  expect(nextCall(whole, row)).toEqual(["keep"]);
  const kept = learned(await secret.call(tools(), whole, row, "keep"));
  expect(nextCall(whole, { ...row, detail: kept.detail })).toEqual([]);
  const answer = await fetch(`http://127.0.0.1:${world.google.port}/v1/projects/p1/secrets/test-${name}`);
  const { expireTime } = (await answer.json()) as { expireTime: string };
  expect(Math.abs(Date.parse(expireTime) - (keyNeededUntil(whole.workshop) ?? 0))).toBeLessThan(1000);
  // An end that moves stays within it; another start has another.
  const longer = extended(whole, new Date(Date.now() + 7 * 3_600_000).toISOString(), new Date());
  expect(nextCall({ ...whole, ...longer }, { ...row, detail: kept.detail })).toEqual([]);
  const latest_end = new Date(Date.now() + 9 * 3_600_000).toISOString();
  expect(nextCall({ ...whole, workshop: { ...whole.workshop, latest_end } }, { ...row, detail: kept.detail })).toEqual(["keep"]);
});
