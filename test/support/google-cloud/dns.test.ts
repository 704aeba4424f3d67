import { afterAll, beforeAll, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { until } from "../until.ts";
import { officialClients } from "./clients.ts";
import { type GoogleCloud, startGoogleCloud } from "./google-cloud.ts";

let cloud: GoogleCloud;
let zone: ReturnType<ReturnType<typeof officialClients>["dns"]["zone"]>;
beforeAll(async () => {
  cloud = await startGoogleCloud({ managedZones: { ws: "ws.example.com." } });
  zone = officialClients(cloud.port).dns.zone("ws");
});
afterAll(() => cloud.end());

interface Record {
  name: string;
  type: string;
  ttl: number;
  rrdatas: string[];
}
let made = 0;
const newRecord = (more: Partial<Record> = {}): Record => ({
  name: `a${++made}.ws.example.com.`,
  type: "A",
  ttl: 60,
  rrdatas: ["192.0.2.1"],
  ...more,
});
const api = async (path: string, init: RequestInit = {}) => {
  const answer = await fetch(`http://127.0.0.1:${cloud.port}/dns/v1/projects/p1/managedZones/${path}`, init);
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  return { status: answer.status, body: (await answer.json()) as any };
};
const change = (additions: Record[], deletions: Record[] = []) =>
  api("ws/changes", { method: "POST", body: JSON.stringify({ additions, deletions }) });

test("a change is pending first and done later; the record is seen at once; both lists are always there", async () => {
  const goOn = cloud.world.clock.hold();
  const record = newRecord();
  const { body } = await change([record]);
  expect(body).toEqual({
    additions: [{ ...record, signatureRrdatas: [], kind: "dns#resourceRecordSet" }],
    deletions: [],
    startTime: expect.stringMatching(/Z$/),
    id: "1",
    status: "pending",
    kind: "dns#change",
  });
  expect((await api(`ws/rrsets?name=${record.name}&type=A`)).body.rrsets).toMatchObject([record]);
  expect((await api("ws/changes/1")).body.status).toBe("pending");
  goOn();
  await until("the change", async () => (await api("ws/changes/1")).body.status === "done");
  expect((await api("ws/changes/0")).body.status).toBe("done");
});

test("the official client makes, finds and deletes records, and gzips what it sends", async () => {
  const { name, rrdatas, ttl } = newRecord();
  const record = zone.record("a", { name, ttl, data: rrdatas });
  const [first] = await zone.createChange({ add: record } as Parameters<typeof zone.createChange>[0]);
  expect(first.metadata.status).toBe("pending");
  const [found] = await zone.getRecords({ name, type: "A" } as Parameters<typeof zone.getRecords>[0]);
  expect(found.map(({ data }) => data)).toEqual([rrdatas]);
  await zone.createChange({ delete: record } as Parameters<typeof zone.createChange>[0]);
  expect((await api(`ws/rrsets?name=${name}`)).body).toEqual({ rrsets: [], kind: "dns#resourceRecordSetsListResponse" });
  const packed = gzipSync(JSON.stringify({ additions: [newRecord()] }));
  expect((await api("ws/changes", { method: "POST", body: packed, headers: { "content-encoding": "gzip" } })).status).toBe(200);
});

test("a zone starts with NS and SOA, is found by name and by number, and one that isn't there is 404", async () => {
  const { body } = await api("ws/rrsets?name=ws.example.com.");
  expect(body.rrsets.map(({ type, ttl }: Record) => [type, ttl])).toEqual([
    ["NS", 21_600],
    ["SOA", 21_600],
  ]);
  const own = (await api("ws")).body;
  expect((await api(own.id)).body.name).toBe("ws");
  expect(await api("none")).toMatchObject({
    status: 404,
    body: {
      error: { message: "The 'parameters.managedZone' resource named 'none' does not exist.", errors: [{ reason: "notFound" }] },
    },
  });
  const wish = { name: "second", dnsName: "second.example.com.", description: "" };
  expect((await api("", { method: "POST", body: JSON.stringify(wish) })).status).toBe(404);
  const create = () =>
    fetch(`http://127.0.0.1:${cloud.port}/dns/v1/projects/p1/managedZones`, { method: "POST", body: JSON.stringify(wish) });
  expect((await create()).status).toBe(200);
  expect((await create()).status).toBe(409);
});

test("adding what is there is 409; a delete has to match exactly, else 412; deleting what isn't there is 404", async () => {
  const record = newRecord();
  await change([record]);
  expect(await change([record])).toMatchObject({
    status: 409,
    body: {
      error: {
        message: `The resource 'entity.change.additions[0]' named '${record.name} (A)' already exists`,
        errors: [{ reason: "alreadyExists" }],
      },
    },
  });
  for (const other of [{ ttl: 61 }, { rrdatas: ["192.0.2.2"] }])
    expect(await change([], [{ ...record, ...other }])).toMatchObject({
      status: 412,
      body: {
        error: { message: "Precondition not met for 'entity.change.deletions[0]'", errors: [{ reason: "conditionNotMet" }] },
      },
    });
  expect((await change([], [newRecord()])).status).toBe(404);
  await expect(
    zone.createChange({ add: zone.record("a", { ...record, data: record.rrdatas }) } as Parameters<typeof zone.createChange>[0]),
  ).rejects.toMatchObject({
    code: 409,
    errors: [{ reason: "alreadyExists" }],
  });
});

test("a change is done whole or not at all; a replacement is a deletion and an addition in one", async () => {
  const [old, other] = [newRecord(), newRecord()];
  await change([old]);
  expect((await change([other, old])).status).toBe(409);
  expect((await api(`ws/rrsets?name=${other.name}`)).body.rrsets).toEqual([]);
  const fresh = { ...old, rrdatas: ["192.0.2.9"] };
  expect((await change([fresh], [old])).status).toBe(200);
  expect((await api(`ws/rrsets?name=${old.name}`)).body.rrsets).toMatchObject([fresh]);
});

test("names outside the zone or without their last dot are 400; a CNAME stands alone", async () => {
  for (const name of ["a.example.org.", "a.ws.example.com", "xws.example.com."])
    expect(await change([newRecord({ name })])).toMatchObject({
      status: 400,
      body: {
        error: { message: `Invalid value for 'entity.change.additions[0].name': '${name}'`, errors: [{ reason: "invalid" }] },
      },
    });
  expect((await change([newRecord({ name: "*.a.ws.example.com." })])).status).toBe(200);
  expect((await change([newRecord({ rrdatas: ["300.1.1.1"] })])).status).toBe(400);
  const record = newRecord();
  const alias = { ...record, type: "CNAME", rrdatas: ["b.ws.example.com."] };
  expect(await change([record, alias])).toMatchObject({
    status: 400,
    body: { error: { errors: [{ reason: "cnameResourceRecordSetConflict" }] } },
  });
});

test("a type filter needs a name; a record of its own that is there is 409 with another word", async () => {
  expect((await api("ws/rrsets?type=A")).status).toBe(400);
  const record = newRecord();
  await change([record]);
  const { status, body } = await api("ws/rrsets", { method: "POST", body: JSON.stringify(record) });
  expect([status, body.error.message]).toEqual([409, `The resource 'entity.rrset' named '${record.name} (A)' already exists`]);
});

test("unknown fields are refused", async () => {
  expect((await change([{ ...newRecord(), rrdata: ["1.2.3.4"] } as Record])).status).toBe(400);
});
