import { type Call, param, type Route } from "../call.ts";
import { invalid, notFound } from "../refusal.ts";
import { checkBody } from "../schema.ts";
import { linkTo, newId } from "./addresses.ts";
import { checkFingerprint, EMPTY_FINGERPRINT, fingerprintOf } from "./fingerprints.ts";
import { insert } from "./insert.ts";
import { checkLabels, checkMetadata, checkTags } from "./limits.ts";
import { aggregated, listed } from "./lists.ts";
import { forget } from "./machines.ts";
import { begin, repeated } from "./operations.ts";
import { checkZone } from "./places.ts";
import { COMPUTE_SCHEMA } from "./schema.ts";
import { type Machine, type MetadataItem, machineKey, type Operation } from "./state.ts";

const pathOf = (call: Call) => `zones/${param(call, "zone")}/instances/${param(call, "instance")}`;

function found(call: Call): Machine {
  const { world } = call;
  const machine = world.compute.machines.get(machineKey(checkZone(world, param(call, "zone")), param(call, "instance")));
  if (machine) return machine;
  throw notFound(`The resource 'projects/${world.project}/${pathOf(call)}' was not found`);
}

const all = ({ world }: Call) => [...world.compute.machines.values()].map(({ instance }) => instance);

function list(call: Call): unknown {
  const zone = checkZone(call.world, param(call, "zone"));
  const own = all(call).filter((each) => each.zone.endsWith(`/zones/${zone}`));
  return listed(call, "compute#instanceList", `zones/${zone}/instances`, own);
}

/** Once more while it goes: the second operation fails, the first goes on. */
function remove(call: Call): Operation {
  const { world } = call;
  const machine = found(call);
  const known = repeated(call);
  if (known) return known;
  const { instance } = machine;
  if (instance.deletionProtection === true)
    throw invalid(`Invalid value for field 'resource.deletionProtection': 'true'. The instance '${instance.name}' is protected.`);
  const work = { type: "delete", target: pathOf(call), targetId: instance.id, zone: machine.zone, ms: world.times.delete };
  const goes = instance.status === "STOPPING";
  const before = instance.status;
  if (!goes) instance.status = "STOPPING";
  return begin(call, {
    ...work,
    finish: (time) => {
      if (goes) return notReady(`The resource 'projects/${world.project}/${pathOf(call)}' is not ready`);
      forget(world, machine, time, "request");
      return undefined;
    },
    fail: () => {
      if (!goes) instance.status = before;
    },
  });
}

const notReady = (message: string) => ({ code: "RESOURCE_NOT_READY", message, status: 400 });

function change(call: Call, type: string, write: (machine: Machine) => void): Operation {
  const machine = found(call);
  const known = repeated(call);
  if (known) return known;
  if (call.fault?.kind !== "operation") write(machine);
  const { instance, zone } = machine;
  return begin(call, { type, target: pathOf(call), targetId: instance.id, zone, ms: call.world.times.operation });
}

/** The whole of it is replaced. */
function setMetadata(call: Call): Operation {
  const { world, fault } = call;
  checkBody(COMPUTE_SCHEMA, "Metadata", call.body);
  const { items = [], fingerprint } = call.body as { items?: MetadataItem[]; fingerprint?: string };
  return change(call, "setMetadata", (machine) => {
    const { metadata } = machine.instance;
    checkFingerprint("metadata", fingerprint, metadata.fingerprint, fault?.kind === "stale");
    checkMetadata(items);
    metadata.fingerprint = items.length > 0 ? fingerprintOf(items, newId(world)) : EMPTY_FINGERPRINT;
    if (items.length > 0) metadata.items = items;
    else delete metadata.items;
    for (const watcher of world.compute.watchers) watcher(machine, "metadata");
  });
}

/** The whole of it is replaced. */
function setLabels(call: Call): Operation {
  const { world, fault } = call;
  checkBody(COMPUTE_SCHEMA, "InstancesSetLabelsRequest", call.body);
  const { labels = {}, labelFingerprint } = call.body as { labels?: Record<string, string>; labelFingerprint?: string };
  return change(call, "setLabels", ({ instance }) => {
    checkFingerprint("labels", labelFingerprint, instance.labelFingerprint, fault?.kind === "stale");
    checkLabels(labels);
    const filled = Object.keys(labels).length > 0;
    instance.labelFingerprint = filled ? fingerprintOf(labels, newId(world)) : EMPTY_FINGERPRINT;
    if (filled) instance.labels = labels;
    else delete instance.labels;
  });
}

function setTags(call: Call): Operation {
  const { world, fault } = call;
  checkBody(COMPUTE_SCHEMA, "Tags", call.body);
  const { items = [], fingerprint } = call.body as { items?: string[]; fingerprint?: string };
  return change(call, "setTags", ({ instance }) => {
    checkFingerprint("tags", fingerprint, instance.tags.fingerprint, fault?.kind === "stale");
    checkTags(items);
    instance.tags =
      items.length > 0 ? { fingerprint: fingerprintOf(items, newId(world)), items } : { fingerprint: EMPTY_FINGERPRINT };
  });
}

/** A negative start counts from the end. */
function serialPort(call: Call): unknown {
  const { serial, serialStart } = found(call);
  const port = call.query.get("port") ?? "1";
  if (!/^[1-4]$/.test(port)) throw invalid(`Invalid value for field 'port': '${port}'. Values must be within the range: [1, 4]`);
  const wanted = Number(call.query.get("start") ?? 0);
  const end = serialStart + serial.length;
  const start = Math.max(serialStart, wanted < 0 ? end + wanted : Math.min(wanted, end));
  const contents = port === "1" ? serial.slice(start - serialStart) : "";
  const selfLink = linkTo(call.world, `${pathOf(call)}/serialPort`);
  return { kind: "compute#serialPortOutput", contents, start: String(start), next: String(start + contents.length), selfLink };
}

/** Nothing written yet is 404: not ready, no failure. */
function guestAttributes(call: Call): unknown {
  const { guest } = found(call);
  const queryPath = call.query.get("queryPath") ?? "";
  const items = [...guest].flatMap(([path, value]) => {
    const [namespace = "", key = ""] = path.split("/");
    const fits = queryPath === "" || queryPath === path || (queryPath.endsWith("/") && path.startsWith(queryPath));
    return fits ? [{ namespace, key, value }] : [];
  });
  if (items.length === 0) throw notFound(`The resource '${queryPath}' of type 'Guest Attribute' was not found.`);
  const selfLink = linkTo(call.world, `${pathOf(call)}/guestAttributes`);
  return { kind: "compute#guestAttributes", queryPath, queryValue: { items }, selfLink };
}

function setDeletionProtection(call: Call): Operation {
  const isOn = call.query.get("deletionProtection") !== "false";
  return change(call, "setDeletionProtection", ({ instance }) => {
    instance.deletionProtection = isOn;
  });
}

const ROOM = "/compute/v1/projects/{project}/zones/{zone}/instances";
const ONE = `${ROOM}/{instance}`;

export const instanceRoutes: Route[] = [
  ["POST", ROOM, insert],
  ["GET", ROOM, list],
  ["GET", ONE, (call) => found(call).instance],
  ["DELETE", ONE, remove],
  ["POST", `${ONE}/setMetadata`, setMetadata],
  ["POST", `${ONE}/setLabels`, setLabels],
  ["POST", `${ONE}/setTags`, setTags],
  ["POST", `${ONE}/setDeletionProtection`, setDeletionProtection],
  ["GET", `${ONE}/serialPort`, serialPort],
  ["GET", `${ONE}/getGuestAttributes`, guestAttributes],
  [
    "GET",
    "/compute/v1/projects/{project}/aggregated/instances",
    (call) => aggregated(call, "compute#instanceAggregatedList", "instances", all(call)),
  ],
];
