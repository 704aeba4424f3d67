import { type Call, isObject, param } from "../call.ts";
import { invalid, Refusal } from "../refusal.ts";
import { checkBody } from "../schema.ts";
import type { World } from "../world.ts";
import { lastOf, linkTo, newAddress, newId, timeText } from "./addresses.ts";
import { whyNoRoom } from "./capacity.ts";
import { EMPTY_FINGERPRINT, fingerprintOf } from "./fingerprints.ts";
import { checkLabels, checkMetadata, checkName, checkTags } from "./limits.ts";
import { diskOf, forget, keepDisks, provision, type Wish } from "./machines.ts";
import { begin, repeated } from "./operations.ts";
import { checkZone, imageOf, machineTypeOf } from "./places.ts";
import { COMPUTE_SCHEMA } from "./schema.ts";
import { type Instance, type Machine, machineKey, type Operation } from "./state.ts";

/** `POST …/instances`: accepted at once, refused at once, or failed later by its operation. */
export function insert(call: Call): Operation {
  const { world, body } = call;
  const zone = checkZone(world, param(call, "zone"));
  const known = repeated(call);
  if (known) return known;
  checkBody(COMPUTE_SCHEMA, "Instance", body);
  const wish = checkedWish(world, zone, body as Record<string, unknown>);
  const path = `zones/${zone}/instances/${wish.name}`;
  if (world.compute.machines.has(machineKey(zone, wish.name)))
    throw new Refusal(409, "alreadyExists", `The resource 'projects/${world.project}/${path}' already exists`);
  const machine = newMachine(world, zone, wish);
  return started(call, machine, path);
}

function started(call: Call, machine: Machine, path: string): Operation {
  const { world } = call;
  const { compute, clock, times } = world;
  const { zone, instance } = machine;
  // Counted before it is there: it isn't in its own way.
  const noRoom = whyNoRoom(world, machine);
  compute.machines.set(machineKey(zone, instance.name), machine);
  keepDisks(world, machine);
  world.history.made("instance", path, clock.now(), instance.labels);
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

function checkedWish(world: World, zone: string, body: Record<string, unknown>): Wish {
  const wish = body as Partial<Wish>;
  const { name, machineType, disks, networkInterfaces } = wish;
  checkName(name);
  if (typeof machineType !== "string" || machineType === "") throw missing("machineType");
  machineTypeOf(zone, machineType);
  if (!disks || disks.length === 0) throw missing("disks", "At least one boot disk must be specified.");
  if (!networkInterfaces || networkInterfaces.length === 0)
    throw missing("networkInterfaces", "At least one network interface is required.");
  if (!disks[0]?.boot) throw invalid("Invalid value for field 'resource.disks[0]': ''. Boot disk must be the first disk.");
  for (const disk of disks) imageOf(world, disk.initializeParams?.sourceImage ?? "");
  checkLabels(wish.labels);
  checkTags(wish.tags?.items);
  checkMetadata(wish.metadata?.items);
  checkScheduling(wish.scheduling);
  return { ...wish, name, machineType, disks, networkInterfaces };
}

const missing = (field: string, why = "Required field is missing.") =>
  new Refusal(400, "required", `Invalid value for field 'resource.${field}': ''. ${why}`);

/** Google's bounds for `maxRunDuration`: 30 s to 120 days; an end has to say what is done then. */
const RUN_SECONDS = { least: 30, most: 120 * 86_400 };

function checkScheduling(scheduling: Wish["scheduling"]): void {
  const seconds = scheduling?.maxRunDuration?.seconds;
  if (seconds === undefined) return;
  if (Number(seconds) < RUN_SECONDS.least || Number(seconds) > RUN_SECONDS.most)
    throw invalid(
      `Invalid value for field 'resource.scheduling.maxRunDuration': '${seconds}s'. Must be between ${RUN_SECONDS.least} and ${RUN_SECONDS.most} seconds.`,
    );
  if (!scheduling?.instanceTerminationAction)
    throw invalid(
      "Invalid value for field 'resource.scheduling.instanceTerminationAction': ''. You must specify an instance termination action.",
    );
}

function newMachine(world: World, zone: string, wish: Wish): Machine {
  const id = newId(world);
  const items = wish.metadata?.items ?? [];
  const tags = wish.tags?.items ?? [];
  const type = machineTypeOf(zone, wish.machineType);
  const instance: Instance = {
    ...(wish as unknown as Record<string, unknown>),
    ...shown(world, zone, wish, id),
    id,
    name: wish.name,
    status: "PROVISIONING",
    zone: linkTo(world, `zones/${zone}`),
    machineType: linkTo(world, `zones/${zone}/machineTypes/${type.name}`),
    labelFingerprint: isFilled(wish.labels) ? fingerprintOf(wish.labels, id) : EMPTY_FINGERPRINT,
    metadata: {
      kind: "compute#metadata",
      fingerprint: items.length > 0 ? fingerprintOf(items, id) : EMPTY_FINGERPRINT,
      ...(items.length > 0 && { items }),
    },
    tags: { fingerprint: tags.length > 0 ? fingerprintOf(tags, id) : EMPTY_FINGERPRINT, ...(tags.length > 0 && { items: tags }) },
    networkInterfaces: wish.networkInterfaces.map((each, i) => networkInterface(world, zone, each, i)),
  };
  if (!isFilled(wish.labels)) delete instance.labels;
  if (!isFilled(wish.resourceManagerTags)) delete instance.resourceManagerTags;
  const disks = wish.disks.map((disk, i) => diskOf(world, zone, wish, disk, i));
  instance.disks = disks.map(({ shown: each }) => each);
  const names = disks.map(({ disk: { name }, autoDelete }) => ({ name, autoDelete }));
  return { ...{ zone, instance, vcpus: type.guestCpus }, disks: names, serial: "", serialStart: 0, guest: new Map() };
}

const isFilled = (value: unknown) => isObject(value) && Object.keys(value).length > 0;

/** What Google says of every instance, asked or not. */
function shown(world: World, zone: string, wish: Wish, id: string): Record<string, unknown> {
  const spot = wish.scheduling?.provisioningModel === "SPOT";
  return {
    kind: "compute#instance",
    creationTimestamp: timeText(world.clock.now()),
    selfLink: linkTo(world, `zones/${zone}/instances/${wish.name}`),
    cpuPlatform: "Unknown CPU Platform",
    canIpForward: wish.canIpForward ?? false,
    deletionProtection: wish.deletionProtection ?? false,
    startRestricted: false,
    fingerprint: fingerprintOf(wish.name, id),
    scheduling: {
      onHostMaintenance: spot ? "TERMINATE" : "MIGRATE",
      automaticRestart: !spot,
      preemptible: spot,
      provisioningModel: "STANDARD",
      ...wish.scheduling,
    },
    shieldedInstanceConfig: {
      ...{ enableSecureBoot: false, enableVtpm: true, enableIntegrityMonitoring: true },
      ...(wish.shieldedInstanceConfig as object | undefined),
    },
    shieldedInstanceIntegrityPolicy: { updateAutoLearnPolicy: true },
  };
}

function networkInterface(
  world: World,
  zone: string,
  wish: Wish["networkInterfaces"][number],
  index: number,
): Wish["networkInterfaces"][number] {
  const network = lastOf(wish.network ?? "default");
  return {
    ...wish,
    kind: "compute#networkInterface",
    name: `nic${index}`,
    network: linkTo(world, `global/networks/${network}`),
    subnetwork: wish.subnetwork ?? linkTo(world, `regions/${zone.replace(/-[a-z]$/, "")}/subnetworks/${network}`),
    networkIP: newAddress(world).replace(/^127\.\d+/, "10.128"),
    stackType: wish.stackType ?? "IPV4_ONLY",
    fingerprint: fingerprintOf(network, newId(world)),
    ...(wish.accessConfigs && {
      accessConfigs: wish.accessConfigs.map((each) => ({
        kind: "compute#accessConfig",
        type: "ONE_TO_ONE_NAT",
        name: "external-nat",
        networkTier: "PREMIUM",
        ...each,
      })),
    }),
  };
}
