import { afterAll, beforeAll, expect, test } from "bun:test";
import { officialClients } from "./clients.ts";
import { type GoogleCloud, startGoogleCloud } from "./google-cloud.ts";

const PROJECT = "p1";
const ZONE = "europe-west4-a";
const OTHER = "europe-west4-b";
let cloud: GoogleCloud;
let clients: ReturnType<typeof officialClients>;

beforeAll(async () => {
  cloud = await startGoogleCloud({ zones: [ZONE, OTHER, "us-central1-a"] });

  clients = officialClients(cloud.port);
});
afterAll(() => cloud.end());

const api = (path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${cloud.port}/compute/v1/projects/p1/${path}`, init);
const post = (path: string, body: unknown) => api(path, { method: "POST", body: JSON.stringify(body) });
let made = 0;
const newName = () => `m-${++made}`;

function wish(name: string, zone = ZONE) {
  return {
    name,
    machineType: `zones/${zone}/machineTypes/e2-standard-8`,
    disks: [
      {
        boot: true,
        autoDelete: true,
        initializeParams: { sourceImage: "projects/debian-cloud/global/images/family/debian-12", diskSizeGb: "50" },
      },
    ],
    networkInterfaces: [
      { network: "global/networks/default", accessConfigs: [{ type: "ONE_TO_ONE_NAT", name: "External NAT" }] },
    ],
  };
}

async function insert(body: Record<string, unknown>, zone = ZONE, requestId = crypto.randomUUID()) {
  const [operation] = await clients.instances.insert({ project: PROJECT, zone, instanceResource: body, requestId });
  return operation.latestResponse as unknown as { name: string; status: string; id: string; progress: number };
}
async function done(name: string, zone = ZONE) {
  const [operation] = await clients.operations.wait({ project: PROJECT, zone, operation: name });
  return operation;
}
async function madeInstance(more: Record<string, unknown> = {}, zone = ZONE): Promise<string> {
  const name = newName();
  const operation = await done((await insert({ ...wish(name, zone), ...more }, zone)).name, zone);
  expect(operation).toMatchObject({ status: "DONE" });
  expect(operation.error?.errors ?? []).toEqual([]);
  return name;
}
const get = async (instance: string, zone = ZONE) => (await clients.instances.get({ project: PROJECT, zone, instance }))[0];

test("an insert is answered by an operation that runs; it is done when the instance runs, with an address and its disk", async () => {
  const goOn = cloud.world.clock.hold();
  const name = newName();
  const raw = (await (await post(`zones/${ZONE}/instances`, wish(name))).json()) as Record<string, string>;
  expect(raw).toMatchObject({ kind: "compute#operation", operationType: "insert", status: "RUNNING", progress: 0 });
  expect(raw.id).toMatch(/^\d+$/);
  expect(raw.name).toMatch(/^operation-\d{13}-[0-9a-f]{13}-[0-9a-f]{8}-[0-9a-f]{8}$/);
  expect(raw.insertTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[-+]\d\d:\d\d$/);
  expect(raw.targetLink).toEndWith(`/projects/p1/zones/${ZONE}/instances/${name}`);
  expect((await get(name)).status).toBe("PROVISIONING");
  goOn();
  expect(await done(raw.name ?? "")).toMatchObject({ status: "DONE", progress: 100 });
  const instance = await get(name);
  expect(instance.status).toBe("RUNNING");
  expect(instance.networkInterfaces?.[0]?.accessConfigs?.[0]?.natIP).toMatch(/^127\.\d+\./);
  expect(instance.disks?.[0]).toMatchObject({ boot: true, autoDelete: true, diskSizeGb: "50" });
  expect((await (await api(`zones/${ZONE}/disks/${name}`)).json()) as object).toMatchObject({ sizeGb: "50", status: "READY" });
});

test("without network interfaces, a disk or a machine type an insert is 400", async () => {
  for (const field of ["networkInterfaces", "disks", "machineType"]) {
    const { [field]: _, ...body } = wish(newName()) as Record<string, unknown>;
    const answer = await post(`zones/${ZONE}/instances`, body);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: { message: string } }).error.message).toContain(`resource.${field}`);
  }
});

test("fields that the protos don't have are refused, wherever they are, and words that an enum doesn't have", async () => {
  const wrong: Record<string, unknown>[] = [
    { machine_type: "x" },
    { scheduling: { maxRunDurations: {} } },
    { networkInterfaces: [{ accessConfigs: [{ natIp: "1.2.3.4" }] }] },
    { scheduling: { provisioningModel: "NOPE" } },
    { labels: { a: 1 } },
    { disks: [{ boot: "yes" }] },
  ];
  for (const more of wrong) {
    const answer = await post(`zones/${ZONE}/instances`, { ...wish(newName()), ...more });
    expect([JSON.stringify(more), answer.status]).toEqual([JSON.stringify(more), 400]);
  }
  const rule = { name: "r", allowed: [{ I_p_protocol: "tcp", ports: ["443"] }] };
  expect((await post("global/firewalls", rule)).status).toBe(400);
  // The client drops what it doesn't know: the rule arrives without a protocol.
  await expect(clients.firewalls.insert({ project: PROJECT, firewallResource: rule as object })).rejects.toMatchObject({
    code: 3,
  });
});

test("what isn't there is 404, with exactly this body; the clients say code 5", async () => {
  const answer = await api(`zones/${ZONE}/instances/none`);
  const message = `The resource 'projects/p1/zones/${ZONE}/instances/none' was not found`;
  expect(answer.status).toBe(404);
  expect(await answer.text()).toBe(
    JSON.stringify({ error: { code: 404, message, errors: [{ message, domain: "global", reason: "notFound" }] } }),
  );
  await expect(get("none")).rejects.toMatchObject({ code: 5, message: expect.stringContaining("was not found") });
});

test("a name that is taken in the zone is 409 alreadyExists; in another zone it is free", async () => {
  const name = await madeInstance();
  const answer = await post(`zones/${ZONE}/instances`, wish(name));
  expect(answer.status).toBe(409);
  const { error } = (await answer.json()) as { error: { message: string; errors: { reason: string }[] } };
  expect(error.message).toBe(`The resource 'projects/p1/zones/${ZONE}/instances/${name}' already exists`);
  expect(error.errors[0]?.reason).toBe("alreadyExists");
  // Without `status` in the body the client takes 409 for ABORTED.
  await expect(insert(wish(name))).rejects.toMatchObject({ code: 10 });
  expect((await post(`zones/${OTHER}/instances`, wish(name, OTHER))).status).toBe(200);
});

test("the same request id is the same operation and no second machine, also after the machine was deleted", async () => {
  const [name, id] = [newName(), crypto.randomUUID()];
  const first = await insert(wish(name), ZONE, id);
  expect((await insert(wish(name), ZONE, id)).name).toBe(first.name);
  await done(first.name);
  const [removal] = await clients.instances.delete({ project: PROJECT, zone: ZONE, instance: name });
  await done((removal.latestResponse as unknown as { name: string }).name);
  expect((await insert(wish(name), ZONE, id)).name).toBe(first.name);
  await expect(get(name)).rejects.toMatchObject({ code: 5 });
  expect(cloud.world.history.entries.filter(({ name: path }) => path.endsWith(`/instances/${name}`))).toHaveLength(1);
  for (const wrong of ["abc", "00000000-0000-0000-0000-000000000000"])
    expect((await post(`zones/${ZONE}/instances?requestId=${wrong}`, wish(newName()))).status).toBe(400);
});

test("a full zone is found out by the operation: DONE, with an error, and no instance stays", async () => {
  for (const details of [false, true]) {
    cloud.world.compute.exhausted.set(OTHER, { details });
    const name = newName();
    const operation = await done((await insert(wish(name, OTHER), OTHER)).name, OTHER);
    expect(operation.status).toBe("DONE");
    expect(operation.error?.errors?.[0]).toMatchObject({
      code: `ZONE_RESOURCE_POOL_EXHAUSTED${details ? "_WITH_DETAILS" : ""}`,
      message: `The zone 'projects/p1/zones/${OTHER}' does not have enough resources available to fulfill the request.  Try a different zone, or try again later.`,
    });
    await expect(get(name, OTHER)).rejects.toMatchObject({ code: 5 });
    expect((await api(`zones/${OTHER}/disks/${name}`)).status).toBe(404);
  }
  cloud.world.compute.exhausted.clear();
});

test("quota is an operation's error too, with what is short of", async () => {
  cloud.world.compute.quotas.set("CPUS", 8);
  const name = newName();
  const operation = await done((await insert(wish(name, "us-central1-a"), "us-central1-a")).name, "us-central1-a");
  expect(operation.error?.errors ?? []).toEqual([]);
  const second = await done((await insert(wish(newName(), "us-central1-a"), "us-central1-a")).name, "us-central1-a");
  expect(second.httpErrorStatusCode).toBe(403);
  expect(second.error?.errors?.[0]).toMatchObject({
    code: "QUOTA_EXCEEDED",
    errorDetails: [{ quotaInfo: { limit: 8, limitName: "CPUS-per-project-region", dimensions: { region: "us-central1" } } }],
  });
  cloud.world.compute.quotas.set("CPUS", 6000);
});

test("metadata is replaced whole, under its fingerprint; another one is 412 conditionNotMet", async () => {
  const instance = await madeInstance({ metadata: { items: [{ key: "a", value: "1" }] } });
  const before = (await get(instance)).metadata;
  const set = (fingerprint: string, items: { key: string; value: string }[]) =>
    clients.instances.setMetadata({ project: PROJECT, zone: ZONE, instance, metadataResource: { fingerprint, items } });
  await set(before?.fingerprint ?? "", [{ key: "b", value: "2" }]);
  const after = (await get(instance)).metadata;
  expect(after?.items?.map(({ key }) => key)).toEqual(["b"]);
  expect(after?.fingerprint).not.toBe(before?.fingerprint);
  expect(Buffer.from(after?.fingerprint ?? "", "base64url")).toHaveLength(8);
  await expect(set(before?.fingerprint ?? "", [])).rejects.toMatchObject({ code: 9 });
  const answer = await post(`zones/${ZONE}/instances/${instance}/setMetadata`, { items: [], fingerprint: "AAAAAAAAAAA=" });
  expect(answer.status).toBe(412);
  expect(await answer.json()).toMatchObject({
    error: {
      message: "Supplied fingerprint does not match current metadata fingerprint.",
      errors: [{ reason: "conditionNotMet" }],
    },
  });
  expect((await post(`zones/${ZONE}/instances/${instance}/setMetadata`, { items: [] })).status).toBe(412);
  await set(after?.fingerprint ?? "", []);
  expect((await get(instance)).metadata?.fingerprint).toBe("42WmSpB8rSM=");
});

test("labels are replaced whole, under their own fingerprint", async () => {
  const instance = await madeInstance({ labels: { workshop: "ws-a" } });
  const before = await get(instance);
  const body = { labels: { seat: "1" }, labelFingerprint: before.labelFingerprint ?? "" };
  const set = () =>
    clients.instances.setLabels({ project: PROJECT, zone: ZONE, instance, instancesSetLabelsRequestResource: body });
  await set();
  expect((await get(instance)).labels).toEqual({ seat: "1" });
  await expect(set()).rejects.toMatchObject({
    code: 9,
    message: expect.stringContaining("Labels fingerprint either invalid or resource labels have changed"),
  });
});

test("names, labels, tags and metadata have Google's bounds", async () => {
  const refused = async (more: Record<string, unknown>) => {
    const answer = await post(`zones/${ZONE}/instances`, { ...wish(newName()), ...more });
    return { status: answer.status, text: await answer.text() };
  };
  for (const name of ["A", "-a", "a-", "a".repeat(64), ""]) expect((await refused({ name })).status).toBe(400);
  const mail = await refused({ labels: { who: "a@b.c" } });
  expect(mail.status).toBe(400);
  expect(mail.text).toContain("Label value 'a@b.c' violates format constraints. The value can only contain lowercase letters");
  expect((await refused({ labels: { "1a": "" } })).status).toBe(400);
  expect((await refused({ tags: { items: ["No"] } })).status).toBe(400);
  const value = (length: number) => ({ metadata: { items: [{ key: "k", value: "x".repeat(length) }] } });
  const big = await refused(value(262_145));
  expect(big.status).toBe(413);
  expect(big.text).toContain(
    "Value for field 'metadata.items[0].value' is too large: maximum size 262144 character(s); actual size 262145",
  );
  expect((await refused(value(262_144))).status).toBe(200);
  const three = ["a", "b", "c"].map((key) => ({ key, value: "x".repeat(200_000) }));
  expect((await refused({ metadata: { items: three } })).status).toBe(413);
});

test("a list has no items when it is empty, is sorted by name, filtered and paged", async () => {
  const list = async (query: string) =>
    (await (await api(`zones/${OTHER}/instances?${query}`)).json()) as { items?: { name: string }[]; nextPageToken?: string };
  expect(await list("filter=name%20%3D%20nothing")).not.toHaveProperty("items");
  const labels = (team: string) => ({ labels: { team } });
  const [red, blue] = [await madeInstance(labels("red"), OTHER), await madeInstance(labels("blue"), OTHER)];
  const named = async (filter: string) =>
    (await clients.instances.list({ project: PROJECT, zone: OTHER, filter }))[0].map(({ name }) => name);
  expect(await named('labels.team = "red"')).toEqual([red]);
  expect(await named("labels.team:*")).toEqual([red, blue].sort());
  expect(await named(`labels.team=red OR labels.team=blue AND name=${blue}`)).toEqual([blue]);
  expect(await named("(labels.team=red) OR (name=nothing)")).toEqual([red]);
  expect(await named(`name eq ${blue.slice(0, -1)}.*`)).toContain(blue);
  expect(await named(`(name ne ${blue}) (name eq ${red}|${blue})`)).toEqual([red]);
  for (const wrong of ["name eq a AND labels.b=c", "colour=red", "labels.team", "status=", "name eq ("])
    await expect(named(wrong)).rejects.toMatchObject({ code: 3 });
  expect(await named(`networkInterfaces.accessConfigs.natIP:127.* AND labels.team:re`)).toEqual([]);
  expect(await named(`networkInterfaces.accessConfigs.natIP:127. AND labels.team:re`)).toEqual([red]);
  expect(await named(`labels.team:* AND NOT labels.team=red`)).toEqual([blue]);
  expect(await named(`labels.team:* AND id<0`)).toEqual([]);
  const page = await list("maxResults=1&filter=labels.team%3A*");
  expect(page.items).toHaveLength(1);
  expect((await list(`maxResults=1&filter=labels.team%3A*&pageToken=${page.nextPageToken}`)).items?.[0]?.name).toBe(blue);
  expect((await api(`zones/${OTHER}/instances?maxResults=501`)).status).toBe(400);
});

test("an aggregated list has every zone, and says of empty ones that they are", async () => {
  const name = await madeInstance({ labels: { only: "here" } });
  const answer = (await (await api('aggregated/instances?filter=labels.only%3D"here"')).json()) as {
    items: Record<string, unknown>;
  };
  expect(Object.keys(answer.items).sort()).toEqual([`zones/${ZONE}`, `zones/${OTHER}`, "zones/us-central1-a"].sort());
  expect(answer.items[`zones/${OTHER}`]).toEqual({
    warning: {
      code: "NO_RESULTS_ON_PAGE",
      message: `There are no results for scope 'zones/${OTHER}' on this page.`,
      data: [{ key: "scope", value: `zones/${OTHER}` }],
    },
  });
  const found: string[] = [];
  for await (const [, scope] of clients.instances.aggregatedListAsync({ project: PROJECT, filter: 'labels.only="here"' }))
    found.push(...(scope.instances ?? []).map((each) => each.name ?? ""));
  expect(found).toEqual([name]);
});

test("guest attributes that nobody wrote are 404; written ones are listed", async () => {
  const instance = await madeInstance();
  const attributes = () =>
    clients.instances.getGuestAttributes({ project: PROJECT, zone: ZONE, instance, queryPath: "workshop/" });
  await expect(attributes()).rejects.toMatchObject({
    code: 5,
    message: expect.stringContaining("The resource 'workshop/' of type 'Guest Attribute' was not found."),
  });
  cloud.world.compute.machines.get(`${ZONE}/${instance}`)?.guest.set("workshop/state", "ready");
  expect((await attributes())[0].queryValue?.items).toMatchObject([{ namespace: "workshop", key: "state", value: "ready" }]);
});

test("a serial port goes on where one left off, and counts from the end when asked below zero", async () => {
  const instance = await madeInstance();
  const read = async (start: number) =>
    (await clients.instances.getSerialPortOutput({ project: PROJECT, zone: ZONE, instance, port: 1, start }))[0];
  const first = await read(0);
  expect(first.contents).toContain(instance);
  expect((await read(Number(first.next))).contents).toBe("");
  expect((await read(-3)).contents).toBe(first.contents?.slice(-3) ?? "");
});

test("a machine is deleted at the end of its run by Google itself, its disk with it", async () => {
  const scheduling = { maxRunDuration: { seconds: "3600" }, instanceTerminationAction: "DELETE" };
  const instance = await madeInstance({ scheduling });
  const ends = Date.parse((await get(instance)).resourceStatus?.scheduling?.terminationTimestamp ?? "");
  expect(Math.abs(ends - cloud.world.clock.now() - 3_600_000)).toBeLessThan(60_000);
  cloud.world.clock.advance(3_601_000);
  await expect(get(instance)).rejects.toMatchObject({ code: 5 });
  expect(cloud.world.history.entries.find(({ name }) => name.endsWith(`/instances/${instance}`))).toMatchObject({
    why: "maxRunDuration",
  });
  expect((await api(`zones/${ZONE}/disks/${instance}`)).status).toBe(404);
});

test("a delete is an operation: STOPPING, then gone with the disk; deleting what isn't there is 404; twice is RESOURCE_NOT_READY", async () => {
  const instance = await madeInstance();
  const remove = async () =>
    (await clients.instances.delete({ project: PROJECT, zone: ZONE, instance }))[0].latestResponse as unknown as { name: string };
  const goOn = cloud.world.clock.hold();
  const first = await remove();
  expect((await get(instance)).status).toBe("STOPPING");
  const again = await remove();
  goOn();
  expect((await done(first.name)).error?.errors ?? []).toEqual([]);
  expect(await done(again.name)).toMatchObject({ httpErrorStatusCode: 400, error: { errors: [{ code: "RESOURCE_NOT_READY" }] } });
  await expect(remove()).rejects.toMatchObject({ code: 5 });
  expect(cloud.world.history.left().filter(({ name }) => name.endsWith(`/${instance}`))).toEqual([]);
});

test("images are found by family in a public project; firewalls are made, told and deleted", async () => {
  const [image] = await clients.images.getFromFamily({ project: "debian-cloud", family: "debian-12" });
  expect(image).toMatchObject({ family: "debian-12", status: "READY" });
  const allowed = [{ IPProtocol: "tcp", ports: ["80", "443", "8443"] }];
  const firewallResource = {
    name: "workshop",
    targetTags: ["workshop-vm"],
    sourceRanges: ["0.0.0.0/0"],
    direction: "INGRESS",
    allowed,
  };
  const [operation] = await clients.firewalls.insert({ project: PROJECT, firewallResource });
  const { name } = operation.latestResponse as unknown as { name: string };
  expect((await clients.globalOperations.wait({ project: PROJECT, operation: name }))[0].status).toBe("DONE");
  expect((await clients.firewalls.get({ project: PROJECT, firewall: "workshop" }))[0]).toMatchObject({
    targetTags: ["workshop-vm"],
    allowed,
  });
  await clients.firewalls.delete({ project: PROJECT, firewall: "workshop" });
  await expect(clients.firewalls.get({ project: PROJECT, firewall: "workshop" })).rejects.toMatchObject({ code: 5 });
});
