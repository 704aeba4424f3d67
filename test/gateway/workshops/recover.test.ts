/** The database is gone; machines, their metadata and their agents are not. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MachineDocument } from "../../../agent/contract/machine.ts";
import { AgentClient } from "../../../gateway/agents/client.ts";
import { openDb } from "../../../gateway/db/open.ts";
import { publicNamesOf } from "../../../gateway/gateway.ts";
import { FailureLimits } from "../../../gateway/people/limits.ts";
import { openKeys } from "../../../gateway/tokens/keys.ts";
import { Codes } from "../../../gateway/workshops/codes.ts";
import { Guesses } from "../../../gateway/workshops/guesses.ts";
import { recover } from "../../../gateway/workshops/recover.ts";
import { type Remains, recovered } from "../../../gateway/workshops/recovered.ts";
import { Reports } from "../../../gateway/workshops/reports.ts";
import { Seating } from "../../../gateway/workshops/seating.ts";
import { Store } from "../../../gateway/workshops/store.ts";
import type { FoundMachine } from "../../../provision/cloud.ts";
import { type GoogleWorld, startGoogleWorld } from "../../provision/gce/world.ts";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { GATEWAY_URL, googleGatewaySettings, leftOf, openGoogleGateway } from "../../support/google-gateway.ts";
import { until } from "../../support/until.ts";

let agent: TestAgent;
let world: GoogleWorld;
let room: string;
beforeAll(async () => {
  room = mkdtempSync(join(tmpdir(), "ct-recover-"));
  [agent, world] = await Promise.all([startTestAgent(2), startGoogleWorld()]);
  await agent.ready();
});
afterAll(async () => {
  await Promise.all([agent.end(), world.end()]);
  rmSync(room, { recursive: true });
});

const RECORD = {
  ...{ owner: "ida", code: "LION-7K3M", seats: 2, hours: 4, created_at: "2026-11-28T08:00:00.000Z", environment: null },
  latest_end: "2099-01-01T04:00:00.000Z",
  llm: {
    seatUsd: 5,
    workshopUsd: null,
    models: null,
    paused: false,
    permissions: "edits",
    seats: [],
    keyVersion: 1,
    allotted: {},
  },
};

/** As a cloud lists it. */
function found(more: Partial<FoundMachine> = {}): FoundMachine {
  const { machine: name, workshop } = agent.document;
  const plane = { host: "127.0.0.1", port: agent.address().plane.port };
  return {
    ...{ name, workshop: workshop.id, status: "running", plane, ip: "127.0.0.1" },
    boot: JSON.stringify({ ...agent.document, nonce: "ab".repeat(32) }),
    metadata: { seats: "2", "seats-map": '{"x7k2m":2}', "clarateach-record": JSON.stringify(RECORD) },
    ...more,
  };
}

async function recoverFrom(machines: FoundMachine[]) {
  const db = await openDb(":memory:");
  const store = new Store(db);
  const agents = new AgentClient(() => agent.signer.machine(agent.document));
  const cloud = { machines: { list: async () => machines } } as unknown as Parameters<typeof recover>[0]["cloud"];
  const sentences = await recover({ cloud, agents, store });
  const again = await recover({ cloud, agents, store });
  return { sentences, again, store, agents, whole: await store.whole(agent.document.workshop.id) };
}

test("a class that runs has its record again: owner, code, end, seats with their generations, and who sits where", async () => {
  await agent.put({
    seats: [
      { seat: 1, generation: 1, freshSince: 1 },
      { seat: 2, generation: 3, freshSince: 1 },
    ],
  });
  await until("the seat", async () => (await agent.report()).seats.every(({ status }) => status === "ready"));
  const { sentences, again, whole } = await recoverFrom([found()]);
  const { id, name } = agent.document.workshop;
  expect(sentences).toEqual([`${id}: “${name}” has its record again, running, 1 learner.`]);
  expect(again).toEqual([]);
  expect(whole?.workshop).toMatchObject({ owner: "ida", code: "LION-7K3M", code_key: "LION7K3M", name, state: "running" });
  expect(whole?.workshop.ends_at).toBe(agent.document.endsAt);
  // Its machines' own end, whatever became of the class's.
  expect(whole?.workshop.latest_end).toBe(RECORD.latest_end);
  expect(whole?.workshop.document).toBe(agent.document.revision + 1);
  expect(whole?.seats.map(({ seat, generation, ready }) => [seat, generation, ready])).toEqual([
    [1, 1, 1],
    [2, 3, 1],
  ]);
  expect(whole?.learners).toMatchObject([{ seat: 2, generation: 3, odehash: "x7k2m", closed_at: null }]);
  const machine = whole?.rows.find(({ kind }) => kind === "machine");
  expect(machine).toMatchObject({ observed: "unknown", wanted: "present", detail: { certificate: expect.any(String) } });
});

test("she comes back at once: the gateway hasn't looked at the cloud again", async () => {
  const at = { endpoint: "ws-abc123.ws.example.com", url: "https://ws-abc123.ws.example.com" };
  const { store, agents } = await recoverFrom([found(at)]);
  const limits = new FailureLimits();
  const keys = await openKeys((await world.another()).secrets, GATEWAY_URL);
  const codes = new Codes(store, limits);
  const seating = new Seating({ store, keys, reports: new Reports(agents), codes, guesses: new Guesses(limits) });
  const back = await seating.enter({ code: RECORD.code, odehash: "x7k2m" }, { address: "192.0.2.1" });
  expect(back).toMatchObject({ seat: 2, endpoint: at.endpoint });
});

/** A machine of another class, as labels and metadata say; what answers there says that it is the agent's. */
function taken(more: Partial<MachineDocument>): FoundMachine {
  const boot = { ...agent.document, nonce: "ab".repeat(32), ...more };
  return found({ name: boot.machine, workshop: boot.workshop.id, boot: JSON.stringify(boot) });
}

test("a machine that was taken over can't say that it is another workshop's, another machine or of another time", async () => {
  const other = { workshop: { id: "ws-other0", name: "Other" } };
  for (const more of [other, { machine: "clarateach-ws-other0" }, { machineIndex: 2 }]) {
    const { sentences, whole, store } = await recoverFrom([taken(more)]);
    expect(sentences[0]).toContain("is not the document it was given; remove that machine by hand and try again");
    expect([whole, await store.whole("ws-other0")]).toEqual([undefined, undefined]);
  }
  const { sentences, whole } = await recoverFrom([found({ workshop: "ws-other0" })]);
  expect(sentences[0]).toContain("ws-other0's label and the document of");
  expect(whole).toBeUndefined();
  // Its class ends where all its machines do, at most.
  const latest_end = new Date(Date.now() + 30 * 60_000).toISOString();
  const record = JSON.stringify({ ...RECORD, latest_end });
  const ended = await recoverFrom([found({ metadata: { "seats-map": "{}", "clarateach-record": record } })]);
  expect(ended.whole?.workshop.ends_at).toBe(new Date(Date.parse(latest_end) - 15 * 60_000).toISOString());
});

test("what a machine says of another machine's seats isn't believed", () => {
  const remains = (index: number, seats: MachineDocument["seats"]): Remains => {
    const document = { ...agent.document, machineIndex: index, seats };
    const metadata = { ...found().metadata, "clarateach-record": JSON.stringify({ ...RECORD, seats: 12 }), "seats-map": "{}" };
    return { machine: found({ metadata }), boot: { ...document, seats: [] }, nonce: "", document };
  };
  const liar = remains(1, [{ seat: 11, generation: 9, freshSince: 9 }]);
  const { seats } = recovered([liar, remains(2, [{ seat: 11, generation: 2, freshSince: 1 }])], undefined, new Date());
  expect(seats.find(({ seat }) => seat === 11)).toMatchObject({ generation: 2, fresh_since: 1 });
});

test("the definition is the one that was edited last, as its cloud was told; what a machine says of it isn't believed", () => {
  const environment = { name: "notes", base: "debian@12", sdks: [], connections: [], actions: [] };
  const remains = (index: number, boot: Partial<MachineDocument>, edited?: { definition: string; document: number }): Remains => {
    const record = { ...RECORD, seats: 12, environment: { ...environment, name: edited?.definition ?? "made" }, edited };
    const metadata = { "seats-map": "{}", "clarateach-record": JSON.stringify(record) };
    const own = { ...agent.document, machineIndex: index, definition: "made", ...boot };
    return { machine: found({ metadata }), boot: own, nonce: "", document: { ...own, definition: "of a stranger" } };
  };
  const definitionOf = (...all: Remains[]) => {
    const { workshop } = recovered(all, undefined, new Date());
    return [workshop.definition, workshop.environment?.name];
  };
  expect(definitionOf(remains(1, {}))).toEqual(["made", "made"]);
  const [first, second] = [
    { definition: "first", document: 5 },
    { definition: "second", document: 7 },
  ];
  expect(definitionOf(remains(1, {}, first), remains(2, {}, second))).toEqual(["second", "second"]);
  expect(definitionOf(remains(1, {}, first), remains(2, { revision: 6 }))).toEqual(["made", "made"]);
});

test("one whose agent doesn't answer is only taken up again where nobody sits: its documents aren't known", async () => {
  const silent = { plane: { host: "127.0.0.1", port: 1 } };
  const left = await recoverFrom([found(silent)]);
  expect(left.sentences[0]).toContain("its agent doesn't answer: try again");
  expect(left.whole).toBeUndefined();
  const metadata = { ...found().metadata, "seats-map": "{}" };
  const { whole } = await recoverFrom([found({ ...silent, metadata })]);
  expect(whole?.workshop).toMatchObject({ state: "provisioning", ready_at: null });
  expect(whole?.workshop.document).toBeGreaterThan(agent.document.revision + 100);
});

test("metadata that isn't whole makes no record, and costs the others nothing", async () => {
  const { sentences, whole } = await recoverFrom([
    {
      ...taken({ machine: "clarateach-ws-other0", workshop: { id: "ws-other0", name: "Other" } }),
      ...{ plane: { host: "127.0.0.1", port: 1 }, metadata: {} },
    },
    found(),
  ]);
  expect(sentences[0]).toContain("ws-other0: no record could be made: the machine clarateach-ws-other0 has no record");
  expect(whole).toBeDefined();
});

test("a number so high that none can be higher isn't believed either", async () => {
  // The agent keeps it: no test below asks this one.
  expect((await agent.put({ revision: 2 ** 40 })).status).toBe(200);
  const { sentences, whole } = await recoverFrom([found()]);
  expect(sentences[0]).toContain("is not the document it was given");
  expect(whole).toBeUndefined();
});

test("an insert whose answer was lost, a killed gateway, a lost database: recovered, stopped, and nothing is left", async () => {
  const first = await openGoogleGateway(world, mkdtempSync(join(room, "first-")));
  const { workshopId } = (
    await first.ask("POST", "/api/workshops", {
      ...{ name: "Lost", seats: 3, apiKey: "sk-ant-test-0123456789-0123456789" },
    })
  ).body;
  world.google.world.faults.add({ kind: "lost", method: "POST", path: "/instances" });
  await first.gateway.begin();
  await first.ask("POST", `/api/workshops/${workshopId}/start`);
  await until("the machine", () => world.google.world.history.entries.some(({ kind }) => kind === "instance"));
  await first.gateway.end();

  const data = mkdtempSync(join(room, "second-"));
  const [cloud, db] = [await world.another(), await openDb(data)];
  const keys = await openKeys(cloud.secrets, GATEWAY_URL);
  const agents = new AgentClient((machine) => keys.machineToken(machine));
  const publicNames = publicNamesOf(googleGatewaySettings(data), cloud);
  const [sentence] = await recover({ cloud, agents, store: new Store(db), publicNames });
  expect(sentence).toContain("“Lost” has its record again, provisioning, 0 learners.");
  await db.destroy();

  const second = await openGoogleGateway(world, data);
  await second.gateway.begin();
  await second.ask("POST", `/api/workshops/${workshopId}/stop`);
  await until("its end", async () => (await second.ask("GET", `/api/workshops/${workshopId}`)).body.status === "stopped");
  await until("nothing", () => leftOf(world).length === 0);
  expect(world.google.world.history.entries.filter(({ kind }) => kind === "instance")).toHaveLength(1);
  await second.gateway.end();
});
