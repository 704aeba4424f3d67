import { expect, test } from "bun:test";
import { Glob } from "bun";
import { parse } from "yaml";
import { METHODS } from "../../../provision/gce/prune.ts";

const ROOM = new URL("../../../provision/gce/", import.meta.url).pathname;

/** What Google's pages of each method say that it asks for. */
const COMPUTE: Record<string, string[]> = {
  "Disks.AggregatedList": ["compute.disks.list"],
  "Disks.Delete": ["compute.disks.delete"],
  "Firewalls.List": ["compute.firewalls.list"],
  "Images.Get": ["compute.images.get"],
  "Images.GetFromFamily": ["compute.images.getFromFamily"],
  "Instances.AggregatedList": ["compute.instances.list"],
  "Instances.Delete": ["compute.instances.delete"],
  "Instances.GetSerialPortOutput": ["compute.instances.getSerialPortOutput"],
  // With a disk of an image, labels, metadata, tags and an address of its own, and without a service account.
  "Instances.Insert": [
    ...["compute.instances.create", "compute.instances.setLabels", "compute.instances.setMetadata", "compute.instances.setTags"],
    ...["compute.disks.create", "compute.disks.setLabels", "compute.images.useReadOnly"],
    ...["compute.networks.use", "compute.networks.useExternalIp", "compute.subnetworks.use", "compute.subnetworks.useExternalIp"],
  ],
  "Instances.List": ["compute.instances.list"],
  "Instances.SetMetadata": ["compute.instances.setMetadata"],
  "MachineTypes.Get": ["compute.machineTypes.get"],
  "Projects.Get": ["compute.projects.get"],
  "Regions.Get": ["compute.regions.get"],
  "ZoneOperations.Get": ["compute.zoneOperations.get"],
};
const DNS: Record<string, string[]> = {
  change: ["dns.changes.get"],
  createChange: [
    ...["dns.changes.create", "dns.resourceRecordSets.create", "dns.resourceRecordSets.delete"],
    "dns.resourceRecordSets.update",
  ],
  getChanges: ["dns.changes.list"],
  getMetadata: ["dns.managedZones.get"],
  getRecords: ["dns.resourceRecordSets.list"],
  // Makes a value, and asks nobody.
  record: [],
};
const SECRETS: Record<string, string[]> = {
  accessSecretVersion: ["secretmanager.versions.access"],
  addSecretVersion: ["secretmanager.versions.add"],
  createSecret: ["secretmanager.secrets.create"],
  deleteSecret: ["secretmanager.secrets.delete"],
  destroySecretVersion: ["secretmanager.versions.destroy"],
  getSecret: ["secretmanager.secrets.get"],
  getSecretVersion: ["secretmanager.versions.get"],
  listSecretVersions: ["secretmanager.versions.list"],
  listSecrets: ["secretmanager.secrets.list"],
  listSecretsAsync: ["secretmanager.secrets.list"],
  updateSecret: ["secretmanager.secrets.update"],
};

const sources = async () => Promise.all([...new Glob("**/*.ts").scanSync(ROOM)].map((path) => Bun.file(ROOM + path).text()));
/** Names of what is called of objects with one of these names. */
async function calledOf(objects: string, method: string): Promise<string[]> {
  const calls = new RegExp(`\\b(?:${objects})\\.(${method})\\(`, "g");
  return [...new Set((await sources()).flatMap((text) => [...text.matchAll(calls)].map(([, name = ""]) => name)))].sort();
}

test("the product calls what is written down here, and nothing else", async () => {
  const compute = Object.entries(METHODS).flatMap(([service, methods]) => methods.map((method) => `${service}.${method}`));
  expect(compute.sort()).toEqual(Object.keys(COMPUTE).sort());
  expect((await calledOf("zone", "[a-z]\\w+")).filter((name) => !(name in String.prototype))).toEqual(Object.keys(DNS).sort());
  expect(await calledOf("secrets|client", "[a-z]+Secret\\w*")).toEqual(Object.keys(SECRETS).sort());
});

test("every method that is kept of compute's is called: what nobody calls needs no permission", async () => {
  const text = (await sources()).join("\n");
  for (const [service, methods] of Object.entries(METHODS))
    for (const method of methods) {
      const name = method.charAt(0).toLowerCase() + method.slice(1);
      const objects = `${service.charAt(0).toLowerCase()}${service.slice(1)}|client|operations`;
      expect([service, method, new RegExp(`\\b(?:${objects})\\.${name}(?:Async)?\\(`).test(text)]).toEqual([
        service,
        method,
        true,
      ]);
    }
});

test("the role has the permissions of all that is called, and no other", async () => {
  const role = parse(await Bun.file(`${ROOM}role.yaml`).text()) as {
    includedPermissions: string[];
    stage: string;
    title: string;
  };
  const needed = new Set([COMPUTE, DNS, SECRETS].flatMap((methods) => Object.values(methods).flat()));
  expect(role.includedPermissions).toEqual([...needed].sort());
  expect([role.stage, role.title]).toEqual(["GA", "ClaraTeach gateway"]);
});
