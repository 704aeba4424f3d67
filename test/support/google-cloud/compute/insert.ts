import { type Call, param } from "../call.ts";
import { invalid, Refusal } from "../refusal.ts";
import type { World } from "../world.ts";
import { whyNoRoom } from "./capacity.ts";
import { diskTypeFor } from "./disk-types.ts";
import { IMAGE_GB, imageFor } from "./images.ts";
import { checkLabels, checkMetadata, checkName, checkTags } from "./limits.ts";
import { machineTypeOf } from "./machine-types.ts";
import { forget, keepDisks, provision, type Wish } from "./machines.ts";
import { networkFor } from "./networks.ts";
import { newMachine } from "./new-machine.ts";
import { begin, repeated } from "./operations.ts";
import { checkZone } from "./places.ts";
import { checkScheduling } from "./scheduling.ts";
import { checkedResource } from "./schema.ts";
import { type Machine, machineKey, type Operation } from "./state.ts";

/** `POST …/instances`: accepted at once, refused at once, or failed later by its operation. */
export function insert(call: Call): Operation {
  const { world, body } = call;
  const zone = checkZone(world, param(call, "zone"));
  const known = repeated(call);
  if (known) return known;
  const wish = checkedWish(world, zone, checkedResource<Partial<Wish>>("Instance", body));
  const path = `zones/${zone}/instances/${wish.name}`;
  if (world.compute.machines.has(machineKey(zone, wish.name))) throw taken(world, path);
  const machine = newMachine(world, zone, wish);
  for (const { name } of machine.disks)
    if (world.compute.disks.has(machineKey(zone, name))) throw taken(world, `zones/${zone}/disks/${name}`);
  return started(call, machine, path);
}

const taken = ({ project }: World, path: string) =>
  new Refusal(409, "alreadyExists", `The resource 'projects/${project}/${path}' already exists`);

function started(call: Call, machine: Machine, path: string): Operation {
  const { world } = call;
  const { compute, clock, times } = world;
  const { zone, instance } = machine;
  // Counted before it is there: it isn't in its own way.
  const noRoom = whyNoRoom(world, machine);
  compute.machines.set(machineKey(zone, instance.name), machine);
  world.history.made("instance", path, clock.now(), instance.labels);
  keepDisks(world, machine);
  const scripted = call.fault?.kind === "operation";
  if (!noRoom && !scripted) provision(world, machine, clock.now());
  return begin(call, {
    ...{ type: "insert", target: path, targetId: instance.id, zone },
    // A place is looked for first: it isn't there sooner than a host is found.
    ms: noRoom || scripted ? times.provision : times.provision + times.stage,
    finish: (time) => {
      if (noRoom) forget(world, machine, time, noRoom.code, true);
      return noRoom;
    },
    fail: (time, { code }) => forget(world, machine, time, code, true),
  });
}

function checkedWish(world: World, zone: string, wish: Partial<Wish>): Wish {
  const { name, machineType, disks = [], networkInterfaces = [] } = wish;
  checkName(name);
  if (!machineType) throw missing("machineType");
  machineTypeOf(zone, machineType);
  if (disks.length === 0) throw missing("disks", "At least one boot disk must be specified.");
  if (networkInterfaces.length === 0) throw missing("networkInterfaces", "At least one network interface is required.");
  checkDisks(world, zone, disks);
  for (const [i, { network }] of networkInterfaces.entries())
    networkFor(world, network, `resource.networkInterfaces[${i}].network`);
  checkLabels(wish.labels);
  checkTags(wish.tags?.items);
  checkMetadata(wish.metadata?.items);
  checkScheduling(wish.scheduling ?? {}, world.clock.now());
  return { ...wish, name, machineType, disks, networkInterfaces };
}

function checkDisks(world: World, zone: string, disks: Wish["disks"]): void {
  if (!disks[0]?.boot) throw invalid("Invalid value for field 'resource.disks[0]': ''. Boot disk must be the first disk.");
  for (const [i, { initializeParams = {} }] of disks.entries()) {
    const at = `resource.disks[${i}].initializeParams`;
    imageFor(world, initializeParams.sourceImage ?? "", `${at}.sourceImage`);
    diskTypeFor(zone, initializeParams.diskType, `${at}.diskType`);
    const { diskSizeGb = String(IMAGE_GB) } = initializeParams;
    if (Number(diskSizeGb) < IMAGE_GB)
      throw invalid(
        `Invalid value for field '${at}.diskSizeGb': '${diskSizeGb}'. Requested disk size cannot be smaller than the image size (${IMAGE_GB} GB)`,
      );
    checkLabels(initializeParams.labels, `${at}.labels`);
  }
}

const missing = (field: string, why = "Required field is missing.") =>
  new Refusal(400, "required", `Invalid value for field 'resource.${field}': ''. ${why}`);
