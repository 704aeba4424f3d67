import { afterAll, beforeAll, expect, test } from "bun:test";
import { until } from "../until.ts";
import { COMPUTE_SCHEMA } from "./compute/schema.ts";
import { DNS_SCHEMA } from "./dns/schema.ts";
import { type GoogleCloud, startGoogleCloud } from "./google-cloud.ts";
import { checkAnswer, type Schema } from "./schema.ts";
import { SECRETS_SCHEMA } from "./secrets/secrets.ts";

const ZONE = "zones/europe-west4-a";
let cloud: GoogleCloud;
beforeAll(async () => {
  cloud = await startGoogleCloud({ managedZones: { ws: "ws.example.com." } });
});
afterAll(() => cloud.end());

/** Asks, and holds every key and value of the answer against the messages of the service. */
async function ask(schema: Schema, type: string, call: string, body?: unknown): Promise<Record<string, unknown>> {
  const [method = "", path = ""] = call.split(" ");
  const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const answer = await fetch(`http://127.0.0.1:${cloud.port}${path}`, init);
  const found = (await answer.json()) as Record<string, unknown>;
  expect([call, answer.status]).toEqual([call, 200]);
  const said = (() => {
    try {
      return checkAnswer(schema, type, found);
    } catch (error) {
      return `${call}: ${(error as Error).message}`;
    }
  })();
  expect(said).toBeUndefined();
  return found;
}

const compute = (type: string, method: string, path: string, body?: unknown) =>
  ask(COMPUTE_SCHEMA, type, `${method} ${["/compute/v1/projects/p1", path].filter(Boolean).join("/")}`, body);

const wish = {
  name: "vm",
  machineType: `${ZONE}/machineTypes/e2-standard-8`,
  labels: { workshop: "ws-a" },
  resourcePolicies: [],
  tags: { items: ["workshop-vm"] },
  metadata: { items: [{ key: "a", value: "b" }] },
  disks: [
    {
      boot: true,
      autoDelete: true,
      initializeParams: { sourceImage: "projects/debian-cloud/global/images/family/debian-12", diskSizeGb: 50 },
    },
  ],
  networkInterfaces: [{ accessConfigs: [{ type: "ONE_TO_ONE_NAT" }] }],
  serviceAccounts: [],
  scheduling: { maxRunDuration: { seconds: 28_800 }, instanceTerminationAction: "DELETE" },
};

test("each answer of compute is of the protos: no other field, 64 bit numbers as texts, words that its enums have", async () => {
  const wait = ({ name }: Record<string, unknown>) => compute("Operation", "POST", `${ZONE}/operations/${name}/wait`);
  const first = await compute("Operation", "POST", `${ZONE}/instances?requestId=${crypto.randomUUID()}`, wish);
  await wait(first);
  const instance = (await compute("Instance", "GET", `${ZONE}/instances/vm`)) as {
    id: string;
    labelFingerprint: string;
    metadata: { fingerprint: string };
    tags: { fingerprint: string };
  };
  expect(instance).not.toHaveProperty("serviceAccounts");
  expect(instance).not.toHaveProperty("resourcePolicies");
  expect((await compute("Instance", "GET", `${ZONE}/instances/${instance.id}`)).name).toBe("vm");
  for (const query of ["", "?filter=labels.workshop:*&maxResults=1", "?orderBy=creationTimestamp%20desc"])
    await compute("InstanceList", "GET", `${ZONE}/instances${query}`);
  await compute("InstanceAggregatedList", "GET", "aggregated/instances");
  const { fingerprint } = instance.metadata;
  await wait(await compute("Operation", "POST", `${ZONE}/instances/vm/setMetadata`, { items: [], fingerprint }));
  await wait(
    await compute("Operation", "POST", `${ZONE}/instances/vm/setLabels`, { labelFingerprint: instance.labelFingerprint }),
  );
  await wait(await compute("Operation", "POST", `${ZONE}/instances/vm/setTags`, { fingerprint: instance.tags.fingerprint }));
  expect(await compute("Instance", "GET", `${ZONE}/instances/vm`)).not.toHaveProperty("labels");
  await compute("SerialPortOutput", "GET", `${ZONE}/instances/vm/serialPort?port=1&start=0`);
  cloud.world.compute.machines.get("europe-west4-a/vm")?.guest.set("workshop/state", "ready");
  await compute("GuestAttributes", "GET", `${ZONE}/instances/vm/getGuestAttributes?queryPath=workshop/`);
  await compute("Disk", "GET", `${ZONE}/disks/vm`);
  await compute("DiskList", "GET", `${ZONE}/disks`);
  await compute("DiskAggregatedList", "GET", "aggregated/disks");
  await wait(await compute("Operation", "POST", `${ZONE}/instances/vm/stop`));
  expect((await compute("Instance", "GET", `${ZONE}/instances/vm`)).status).toBe("TERMINATED");
  await wait(await compute("Operation", "POST", `${ZONE}/instances/vm/start`));
  await wait(await compute("Operation", "POST", `${ZONE}/instances/vm/reset`));
  const keep = `${ZONE}/instances/vm/setDiskAutoDelete?deviceName=persistent-disk-0&autoDelete=`;
  await wait(await compute("Operation", "POST", `${keep}false`));
  await wait(await compute("Operation", "DELETE", `${ZONE}/instances/vm`));
  expect(await compute("Disk", "GET", `${ZONE}/disks/vm`)).not.toHaveProperty("users");
  await wait(await compute("Operation", "DELETE", `${ZONE}/disks/vm`));
  cloud.world.compute.exhausted.set("europe-west4-a", { details: false });
  expect(await wait(await compute("Operation", "POST", `${ZONE}/instances`, wish))).toHaveProperty("error.errors.0.errorDetails");
  cloud.world.compute.exhausted.clear();
  cloud.world.compute.quotas.set("CPUS", 1);
  expect(await wait(await compute("Operation", "POST", `${ZONE}/instances`, wish))).toHaveProperty("error.errors.0.errorDetails");
  cloud.world.compute.quotas.set("CPUS", 6000);
  await compute("OperationList", "GET", `${ZONE}/operations`);
  await compute("OperationAggregatedList", "GET", "aggregated/operations");
});

test("what of compute is only read is of the protos, too", async () => {
  await compute("Project", "GET", "");
  for (const [type, path] of [
    ["ZoneList", "zones"],
    ["Zone", ZONE],
    ["RegionList", "regions"],
    ["Region", "regions/europe-west4"],
    ["MachineTypeList", `${ZONE}/machineTypes`],
    ["MachineType", `${ZONE}/machineTypes/e2-standard-8`],
    ["MachineTypeAggregatedList", "aggregated/machineTypes"],
    ["DiskTypeList", `${ZONE}/diskTypes`],
    ["DiskType", `${ZONE}/diskTypes/pd-balanced`],
    ["NetworkList", "global/networks"],
    ["Network", "global/networks/default"],
    ["FirewallList", "global/firewalls"],
    ["OperationList", "global/operations"],
  ] as const)
    await compute(type, "GET", path);
  const debian = "GET /compute/v1/projects/debian-cloud";
  await ask(COMPUTE_SCHEMA, "ImageList", `${debian}/global/images`);
  const image = await ask(COMPUTE_SCHEMA, "Image", `${debian}/global/images/family/debian-12`);
  expect(await ask(COMPUTE_SCHEMA, "Image", `${debian}/global/images/${image.name}`)).toEqual(image);
  const view = await ask(COMPUTE_SCHEMA, "ImageFamilyView", `${debian}/${ZONE}/imageFamilyViews/debian-12`);
  expect(view.image).toEqual(image);
  const rule = { name: "workshop", allowed: [{ IPProtocol: "tcp", ports: ["443"] }], targetTags: ["workshop-vm"] };
  await compute("Operation", "POST", "global/firewalls", rule);
  expect(await compute("Firewall", "GET", "global/firewalls/workshop")).toMatchObject({ ...rule, sourceRanges: ["0.0.0.0/0"] });
  await compute("Operation", "DELETE", "global/firewalls/workshop");
  await compute("Operation", "POST", "global/networks", { name: "own", autoCreateSubnetworks: true });
  expect((await compute("Network", "GET", "global/networks/own")).subnetworks).toContain(
    "https://www.googleapis.com/compute/v1/projects/p1/regions/europe-west4/subnetworks/own",
  );
  await compute("Operation", "POST", "global/firewalls", { ...rule, network: "global/networks/own" });
  await compute("Operation", "DELETE", "global/networks/own");
});

test("each answer of DNS is of the API's description", async () => {
  const dns = (type: string, method: string, path: string, body?: unknown) =>
    ask(DNS_SCHEMA, type, `${method} ${["/dns/v1/projects/p1", path].filter(Boolean).join("/")}`, body);
  const record = { name: "a.ws.example.com.", type: "A", ttl: 60, rrdatas: ["192.0.2.1"] };
  await dns("Project", "GET", "");
  await dns("ManagedZone", "POST", "managedZones", { name: "z", dnsName: "z.example.com.", description: "", labels: { a: "b" } });
  await dns("ManagedZonesListResponse", "GET", "managedZones");
  await dns("Change", "POST", "managedZones/ws/changes", { additions: [record] });
  await dns("Change", "GET", "managedZones/ws/changes/1");
  await dns("ResourceRecordSetsListResponse", "GET", "managedZones/ws/rrsets?maxResults=1");
  await dns("ResourceRecordSet", "GET", "managedZones/ws/rrsets/a.ws.example.com./A");
  await dns("ResourceRecordSet", "PATCH", "managedZones/ws/rrsets/a.ws.example.com./A", { ...record, ttl: 61 });
  await dns("ResourceRecordSet", "POST", "managedZones/ws/rrsets", { ...record, type: "TXT", rrdatas: ["a b"] });
  const oldest = await dns("ChangesListResponse", "GET", "managedZones/ws/changes?sortOrder=ascending&maxResults=1");
  expect([oldest.changes, oldest.nextPageToken]).toMatchObject([[{ id: "0" }], expect.any(String)]);
});

test("each answer of Secret Manager is of the protos, with its enums as words and as numbers", async () => {
  const secret = (type: string, method: string, path: string, body?: unknown) =>
    ask(SECRETS_SCHEMA, type, `${method} /v1/projects/p1/secrets${path}`, body);
  await secret("Secret", "POST", "?secretId=s", { replication: { automatic: {} }, ttl: "86400s", labels: { a: "b" } });
  await secret("SecretVersion", "POST", "/s:addVersion", { payload: { data: "eA==" } });
  for (const alt of ["", "?$alt=json;enum-encoding=int"]) {
    await secret("SecretVersion", "GET", `/s/versions/latest${alt}`);
    await secret("ListSecretVersionsResponse", "GET", `/s/versions${alt}`);
    await secret("ListSecretsResponse", "GET", alt);
  }
  await secret("AccessSecretVersionResponse", "GET", "/s/versions/latest:access");
  for (const state of ["disable", "enable", "destroy"]) await secret("SecretVersion", "POST", `/s/versions/1:${state}`, {});
  await secret("Secret", "PATCH", "/s?updateMask=labels", { labels: {} });
  expect(await secret("Secret", "DELETE", "/s")).toEqual({});
});

test("a check that finds nothing would find these", () => {
  for (const wrong of [{ id: 1 }, { nme: "a" }, { status: "GONE" }, { disks: [{ boot: null }] }, { labels: { a: 1 } }])
    expect(() => checkAnswer(COMPUTE_SCHEMA, "Instance", wrong)).toThrow();
});

test("what runs to its end stops counting when it is stopped; its next run is counted anew", async () => {
  const name = "short";
  const body = { ...wish, name, scheduling: { maxRunDuration: { seconds: "3600" }, instanceTerminationAction: "STOP" } };
  const done = async ({ name: operation }: Record<string, unknown>) =>
    compute("Operation", "POST", `${ZONE}/operations/${operation}/wait`);
  const status = async () => (await compute("Instance", "GET", `${ZONE}/instances/${name}`)).status;
  await done(await compute("Operation", "POST", `${ZONE}/instances`, body));
  cloud.world.clock.advance(3_000_000);
  await done(await compute("Operation", "POST", `${ZONE}/instances/${name}/stop`));
  expect(await compute("Instance", "GET", `${ZONE}/instances/${name}`)).not.toHaveProperty("resourceStatus");
  await done(await compute("Operation", "POST", `${ZONE}/instances/${name}/start`));
  cloud.world.clock.advance(3_000_000);
  expect(await status()).toBe("RUNNING");
  cloud.world.clock.advance(601_000);
  await until("its end", async () => (await status()) === "TERMINATED");
});
