import { afterAll, beforeAll, expect, test } from "bun:test";
import { officialClients } from "./clients.ts";
import type { Machine } from "./compute/state.ts";
import { type GoogleCloud, startGoogleCloud } from "./google-cloud.ts";
import { type MetadataServer, startMetadataServer } from "./metadata-server.ts";

const ZONE = "europe-west4-a";
const place = { project: "p1", zone: ZONE };
let cloud: GoogleCloud;
let server: MetadataServer;
let clients: ReturnType<typeof officialClients>;
beforeAll(async () => {
  cloud = await startGoogleCloud();
  clients = officialClients(cloud.port);
  const initializeParams = { sourceImage: "projects/debian-cloud/global/images/family/debian-12" };
  const items = [
    { key: "clarateach-boot", value: '{"a":1}' },
    { key: "enable-guest-attributes", value: "TRUE" },
  ];
  const [{ latestResponse }] = await clients.instances.insert({
    ...place,
    instanceResource: {
      name: "vm",
      machineType: `zones/${ZONE}/machineTypes/e2-standard-8`,
      disks: [{ boot: true, autoDelete: true, initializeParams }],
      networkInterfaces: [{ accessConfigs: [{}] }],
      metadata: { items },
    },
  });
  await clients.operations.wait({ ...place, operation: (latestResponse as unknown as { name: string }).name });
  server = startMetadataServer(cloud.world, cloud.world.compute.machines.get(`${ZONE}/vm`) as Machine);
});
afterAll(async () => {
  await server.end();
  await cloud.end();
});

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${server.port}/computeMetadata/v1/${path}`, { headers: { "metadata-flavor": "Google" }, ...init });

test("nothing is told without the header, or to one that was passed on", async () => {
  expect((await ask("instance/name", { headers: {} })).status).toBe(403);
  const passedOn = { "metadata-flavor": "Google", "x-forwarded-for": "10.0.0.1" };
  expect((await ask("instance/name", { headers: passedOn })).status).toBe(403);
  const answer = await ask("instance/name");
  expect([await answer.text(), answer.headers.get("metadata-flavor")]).toEqual(["vm", "Google"]);
});

test("attributes, the own zone and addresses are there; what isn't is 404", async () => {
  expect(await (await ask("instance/attributes/clarateach-boot")).text()).toBe('{"a":1}');
  expect(await (await ask("instance/attributes/")).text()).toBe("clarateach-boot\nenable-guest-attributes\n");
  expect(await (await ask("instance/zone")).text()).toBe(`projects/123456789012/zones/${ZONE}`);
  expect(await (await ask("instance/network-interfaces/0/access-configs/0/external-ip")).text()).toMatch(/^127\.\d+\./);
  expect((await ask("instance/attributes/none")).status).toBe(404);
});

test("a machine without a service account has no token to give", async () => {
  expect((await ask("instance/service-accounts/default/token")).status).toBe(404);
  expect(await (await ask("instance/service-accounts/")).text()).toBe("");
});

test("a wait ends when metadata changes", async () => {
  const path = "instance/attributes/?recursive=true&alt=json";
  const first = await ask(path);
  expect((await first.json()) as object).toMatchObject({ "clarateach-boot": '{"a":1}' });
  const changed = ask(`${path}&wait_for_change=true&last_etag=${first.headers.get("etag")}&timeout_sec=60`);
  const [instance] = await clients.instances.get({ ...place, instance: "vm" });
  const items = [...(instance.metadata?.items ?? []), { key: "seats-map", value: "{}" }];
  const fingerprint = instance.metadata?.fingerprint ?? "";
  await clients.instances.setMetadata({ ...place, instance: "vm", metadataResource: { items, fingerprint } });
  expect((await (await changed).json()) as object).toMatchObject({ "seats-map": "{}" });
});

test("guest attributes are written where metadata allows it, and read by the API", async () => {
  expect((await ask("instance/guest-attributes/workshop/state", { method: "PUT", body: "ready" })).status).toBe(200);
  const [found] = await clients.instances.getGuestAttributes({ ...place, instance: "vm", queryPath: "workshop/" });
  expect(found.queryValue?.items?.[0]).toMatchObject({ key: "state", value: "ready" });
});

test("where a gateway runs, the account's token is given", async () => {
  const machine = cloud.world.compute.machines.get(`${ZONE}/vm`) as Machine;
  const own = startMetadataServer(cloud.world, machine, { email: "gateway@p1.iam.gserviceaccount.com", token: "t" });
  const answer = await fetch(`http://127.0.0.1:${own.port}/computeMetadata/v1/instance/service-accounts/default/token`, {
    headers: { "metadata-flavor": "Google" },
  });
  expect((await answer.json()) as object).toMatchObject({ access_token: "t" });
  await own.end();
});
