import { afterAll, beforeAll, expect, test } from "bun:test";
import { type GoogleCloud, startGoogleCloud } from "./google-cloud.ts";

// Shapes and texts as the real services answered them, in exchanges that others recorded and published.

const ZONE = "zones/europe-west4-a";
let cloud: GoogleCloud;
beforeAll(async () => {
  cloud = await startGoogleCloud();
});
afterAll(() => cloud.end());

async function ask(method: string, path: string, body?: unknown) {
  const init = { method, ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }) };
  const answer = await fetch(`http://127.0.0.1:${cloud.port}${path}`, init);
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  return { status: answer.status, body: (await answer.json()) as any };
}
const compute = (method: string, path: string, body?: unknown) => ask(method, `/compute/v1/projects/p1/${path}`, body);
const links = "https://www.googleapis.com/compute/v1/projects/p1";

test("a zone of DNS and its records, from its making to its end", async () => {
  const zone = "/dns/v1/projects/p1/managedZones/recorded";
  const name = "recorded.example.com.";
  const made = { name: "recorded", dnsName: name, description: "Managed", labels: { "cnrm-test": "true" } };
  const { body: own } = await ask("POST", "/dns/v1/projects/p1/managedZones", made);
  const group = /^ns-cloud-([a-e])1\.googledomains\.com\.$/.exec(own.nameServers[0])?.[1];
  const nameServers = [1, 2, 3, 4].map((n) => `ns-cloud-${group}${n}.googledomains.com.`);
  expect(own).toEqual({
    ...made,
    id: expect.stringMatching(/^\d{16,20}$/),
    nameServers,
    creationTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    visibility: "public",
    cloudLoggingConfig: { kind: "dns#managedZoneCloudLoggingConfig" },
    kind: "dns#managedZone",
  });
  const set = (more: object) => ({ name, ...more, signatureRrdatas: [], kind: "dns#resourceRecordSet" });
  const list = (rrsets: object[]) => ({ rrsets, kind: "dns#resourceRecordSetsListResponse" });
  expect((await ask("GET", `${zone}/rrsets?alt=json&name=${name}&prettyPrint=false&type=A`)).body).toEqual(list([]));
  const soa = `${nameServers[0]} cloud-dns-hostmaster.google.com. 1 21600 3600 259200 300`;
  const apex = [set({ type: "NS", ttl: 21_600, rrdatas: nameServers }), set({ type: "SOA", ttl: 21_600, rrdatas: [soa] })];
  expect((await ask("GET", `${zone}/rrsets?alt=json`)).body).toEqual(list(apex));

  const [first, second] = [["198.51.100.5", "10.13.0.0"], ["172.23.0.0"]].map((rrdatas) => ({ type: "A", ttl: 300, rrdatas }));
  const change = (id: string, additions: object[], deletions: object[]) => ({
    ...{ additions, deletions, id, kind: "dns#change", status: "pending" },
    startTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  const goOn = cloud.world.clock.hold();
  const added = await ask("POST", `${zone}/changes`, { additions: [{ name, ...first }] });
  expect(added.body).toEqual(change("1", [set({ ...first })], []));
  const replaced = await ask("POST", `${zone}/changes`, { additions: [{ name, ...second }], deletions: [{ name, ...first }] });
  expect(replaced.body).toEqual(change("2", [set({ ...second })], [set({ ...first })]));
  expect((await ask("GET", `${zone}/rrsets?name=${name}&type=A`)).body).toEqual(list([set({ ...second })]));
  const removed = await ask("POST", `${zone}/changes`, { deletions: [{ name, ...second }] });
  expect(removed.body).toEqual(change("3", [], [set({ ...second })]));
  goOn();
  cloud.world.clock.advance(cloud.world.times.change);
  expect((await ask("GET", `${zone}/changes/3`)).body).toEqual({ ...removed.body, status: "done" });
  expect(await ask("DELETE", zone)).toEqual({ status: 200, body: {} });
});

const wish = {
  name: "recorded",
  machineType: `${ZONE}/machineTypes/e2-standard-8`,
  disks: [{ boot: true, autoDelete: true, initializeParams: { sourceImage: "global/images/family/own" } }],
  networkInterfaces: [{ network: "global/networks/default", accessConfigs: [{}] }],
};

test("an instance and its operations have the fields of real ones", async () => {
  cloud.world.compute.images.set("p1/own", "own-v1");
  const requestId = crypto.randomUUID();
  const { body: operation } = await compute("POST", `${ZONE}/instances?requestId=${requestId}`, wish);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}-\d\d:00$/);
  expect(operation).toEqual({
    kind: "compute#operation",
    id: expect.stringMatching(/^\d{15,20}$/),
    name: expect.stringMatching(/^operation-\d{13}-[0-9a-f]{13}-[0-9a-f]{8}-[0-9a-f]{8}$/),
    clientOperationId: requestId,
    zone: `${links}/${ZONE}`,
    operationType: "insert",
    targetLink: `${links}/${ZONE}/instances/recorded`,
    targetId: expect.stringMatching(/^\d{15,20}$/),
    status: "RUNNING",
    user: expect.stringContaining("@"),
    progress: 0,
    ...{ insertTime: time, startTime: time },
    selfLink: `${links}/${ZONE}/operations/${operation.name}`,
  });
  const [, ms = "", us = ""] = operation.name.split("-");
  expect(Math.floor(Number.parseInt(us, 16) / 1000)).toBe(Number(ms));
  const { body: done } = await compute("POST", `${ZONE}/operations/${operation.name}/wait`, '""');
  expect(done).toEqual({ ...operation, status: "DONE", progress: 100, endTime: time });
  const { body: instance } = await compute("GET", `${ZONE}/instances/recorded`);
  expect(Object.keys(instance).sort()).toEqual(
    [
      ...["canIpForward", "cpuPlatform", "creationTimestamp", "deletionProtection", "disks", "fingerprint", "id", "kind"],
      ...["labelFingerprint", "lastStartTimestamp", "machineType", "metadata", "name", "networkInterfaces", "scheduling"],
      ...["selfLink", "shieldedInstanceConfig", "shieldedInstanceIntegrityPolicy", "startRestricted", "status", "tags", "zone"],
    ].sort(),
  );
  expect(instance).toMatchObject({
    tags: { fingerprint: "42WmSpB8rSM=" },
    metadata: { kind: "compute#metadata", fingerprint: "42WmSpB8rSM=" },
    labelFingerprint: "42WmSpB8rSM=",
    machineType: `${links}/${ZONE}/machineTypes/e2-standard-8`,
    networkInterfaces: [
      {
        ...{ kind: "compute#networkInterface", name: "nic0", stackType: "IPV4_ONLY", networkIP: expect.any(String) },
        ...{ network: `${links}/global/networks/default`, subnetwork: `${links}/regions/europe-west4/subnetworks/default` },
        accessConfigs: [
          {
            kind: "compute#accessConfig",
            type: "ONE_TO_ONE_NAT",
            name: "external-nat",
            natIP: expect.any(String),
            networkTier: "PREMIUM",
          },
        ],
      },
    ],
    disks: [
      {
        ...{ kind: "compute#attachedDisk", type: "PERSISTENT", mode: "READ_WRITE", deviceName: "persistent-disk-0", index: 0 },
        ...{ source: `${links}/${ZONE}/disks/recorded`, boot: true, autoDelete: true, interface: "SCSI", diskSizeGb: "10" },
        ...{ licenses: [expect.any(String)], guestOsFeatures: expect.arrayContaining([{ type: "UEFI_COMPATIBLE" }]) },
      },
    ],
    scheduling: { onHostMaintenance: "MIGRATE", automaticRestart: true, preemptible: false, provisioningModel: "STANDARD" },
  });
});

test("what is wrong is refused in the words that others met", async () => {
  const texts: [more: object, text: string][] = [
    [
      { machineType: `${ZONE}/machineTypes/f9-micro` },
      `Invalid value for field 'resource.machineType': '${ZONE}/machineTypes/f9-micro'. Machine type with name 'f9-micro' does not exist in zone 'europe-west4-a'.`,
    ],
    [
      { networkInterfaces: [{ network: "global/networks/none" }] },
      "Invalid value for field 'resource.networkInterfaces[0].network': 'global/networks/none'. The referenced network resource cannot be found.",
    ],
    [
      { scheduling: { instanceTerminationAction: "DELETE" } },
      "Invalid value for field 'resource.scheduling.instanceTerminationAction': 'DELETE'. You cannot specify a termination action for a VM instance that has the standard provisioning model (default). To use instance termination action, the VM instance must use the Spot, Reservation-Bound or Flex Start provisioning model.",
    ],
    [
      { scheduling: { preemptible: true, automaticRestart: true } },
      "Invalid value for field 'resource.scheduling.preemptible': 'true'. Scheduling must have preemptible be false when AutomaticRestart is true.",
    ],
    [
      { scheduling: { preemptible: true, provisioningModel: "STANDARD" } },
      "Invalid value for field 'resource.scheduling.provisioningModel': 'STANDARD'. For preemptible, only allowed provisioning_model value is SPOT",
    ],
  ];
  const refusal = (message: string) => ({ code: 400, message, errors: [{ message, domain: "global", reason: "invalid" }] });
  for (const [more, text] of texts)
    expect(await compute("POST", `${ZONE}/instances`, { ...wish, name: "wrong", ...more })).toEqual({
      status: 400,
      body: { error: refusal(text) },
    });
  expect((await compute("GET", "zones/us-east1/instances")).body.error).toEqual(
    refusal("Invalid value for field 'zone': 'us-east1'. Unknown zone."),
  );
  expect((await compute("GET", `${ZONE}/instances/instance-`)).body.error).toEqual(
    refusal(
      "Invalid value for field 'instance': 'instance-'. Must be a match of regex '[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?|[1-9][0-9]{0,19}'",
    ),
  );
  expect((await compute("POST", `${ZONE}/instances`, {})).body.error).toMatchObject({
    message: "Required field 'resource' not specified",
    errors: [{ reason: "required" }],
  });
});

test("a field that isn't there is refused by the front door: with a status word, and where it is", async () => {
  const message = `Invalid JSON payload received. Unknown name "maxRunDurations" at 'resource.scheduling': Cannot find field.`;
  const body = { ...wish, name: "wrong", scheduling: { maxRunDurations: {} } };
  expect((await compute("POST", `${ZONE}/instances`, body)).body.error).toEqual({
    code: 400,
    message,
    errors: [{ message, domain: "global", reason: "badRequest" }],
    status: "INVALID_ARGUMENT",
    details: [
      {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        fieldViolations: [{ field: "resource.scheduling", description: message }],
      },
    ],
  });
});

test("a zone without room says which machine it hasn't", async () => {
  cloud.world.compute.exhausted.set("europe-west4-b", { details: true });
  const zone = "zones/europe-west4-b";
  const { body } = await compute("POST", `${zone}/instances`, {
    ...wish,
    name: "none",
    machineType: `${zone}/machineTypes/e2-standard-2`,
  });
  const { body: done } = await compute("POST", `${zone}/operations/${body.name}/wait`);
  expect(done.error.errors[0].errorDetails).toContainEqual({
    errorInfo: {
      domain: "compute.googleapis.com",
      reason: "resource_availability",
      metadatas: { vmType: "e2-standard-2", zone: "europe-west4-b", zonesAvailable: "", attachment: "" },
    },
  });
});
