import type { Call, Route } from "../call.ts";
import { invalid } from "../refusal.ts";
import { newId } from "./addresses.ts";
import { checkFingerprint, EMPTY_FINGERPRINT, fingerprintOf } from "./fingerprints.ts";
import { change } from "./found.ts";
import { checkLabels, checkMetadata, checkTags } from "./limits.ts";
import { listOf } from "./new-machine.ts";
import { checkedResource } from "./schema.ts";
import type { MetadataItem, Operation } from "./state.ts";

/** The whole of it is replaced. */
function setMetadata(call: Call): Operation {
  const { world, fault, body } = call;
  const { items, fingerprint } = checkedResource<{ items?: MetadataItem[]; fingerprint?: string }>("Metadata", body);
  return change(call, "setMetadata", (machine) => {
    checkFingerprint("metadata", fingerprint, machine.instance.metadata.fingerprint, fault?.kind === "stale");
    checkMetadata(items);
    machine.instance.metadata = { kind: "compute#metadata", ...listOf(items, newId(world)) };
    for (const watcher of world.compute.watchers) watcher(machine, "metadata");
  });
}

/** The whole of it is replaced. */
function setLabels(call: Call): Operation {
  const { world, fault, body } = call;
  type Wish = { labels?: Record<string, string>; labelFingerprint?: string };
  const { labels, labelFingerprint } = checkedResource<Wish>("InstancesSetLabelsRequest", body);
  return change(call, "setLabels", ({ instance }) => {
    checkFingerprint("labels", labelFingerprint, instance.labelFingerprint, fault?.kind === "stale");
    checkLabels(labels);
    instance.labelFingerprint = labels ? fingerprintOf(labels, newId(world)) : EMPTY_FINGERPRINT;
    if (labels) instance.labels = labels;
    else delete instance.labels;
  });
}

/** The whole of it is replaced. */
function setTags(call: Call): Operation {
  const { world, fault, body } = call;
  const { items, fingerprint } = checkedResource<{ items?: string[]; fingerprint?: string }>("Tags", body);
  return change(call, "setTags", ({ instance }) => {
    checkFingerprint("tags", fingerprint, instance.tags.fingerprint, fault?.kind === "stale");
    checkTags(items);
    instance.tags = listOf(items, newId(world));
  });
}

function setDeletionProtection(call: Call): Operation {
  const isOn = call.query.get("deletionProtection")?.toLowerCase() !== "false";
  return change(call, "setDeletionProtection", ({ instance }) => {
    instance.deletionProtection = isOn;
  });
}

function setDiskAutoDelete(call: Call): Operation {
  const [deviceName, autoDelete] = [call.query.get("deviceName"), call.query.get("autoDelete")?.toLowerCase() === "true"];
  return change(call, "setDiskAutoDelete", ({ instance, disks }) => {
    const index = instance.disks.findIndex((disk) => disk.deviceName === deviceName);
    const [shown, kept] = [instance.disks[index], disks[index]];
    if (!shown || !kept) throw invalid(`Invalid value for field 'deviceName': '${deviceName ?? ""}'. No attached disk found.`);
    shown.autoDelete = autoDelete;
    kept.autoDelete = autoDelete;
  });
}

const ONE = "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}";

export const settingRoutes: Route[] = [
  ["POST", `${ONE}/setMetadata`, setMetadata],
  ["POST", `${ONE}/setLabels`, setLabels],
  ["POST", `${ONE}/setTags`, setTags],
  ["POST", `${ONE}/setDeletionProtection`, setDeletionProtection],
  ["POST", `${ONE}/setDiskAutoDelete`, setDiskAutoDelete],
];
