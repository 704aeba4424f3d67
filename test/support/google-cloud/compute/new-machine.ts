import type { World } from "../world.ts";
import { linkTo, newAddress, newId, timeText } from "./addresses.ts";
import { EMPTY_FINGERPRINT, fingerprintOf } from "./fingerprints.ts";
import { machineTypeOf } from "./machine-types.ts";
import type { Wish } from "./machines.ts";
import { networkFor, networkLink, subnetworkLink } from "./networks.ts";
import { newDisk } from "./new-disk.ts";
import { schedulingShown } from "./scheduling.ts";
import type { Instance, Machine } from "./state.ts";

/** @param wish already checked */
export function newMachine(world: World, zone: string, wish: Wish): Machine {
  const id = newId(world);
  const type = machineTypeOf(zone, wish.machineType);
  const disks = wish.disks.map((disk, i) => newDisk(world, zone, wish.name, disk, i));
  // What is only sent, and only for the making.
  const { params: _, ...own } = wish;
  const instance: Instance = {
    ...own,
    ...shown(world, zone, wish, id),
    id,
    name: wish.name,
    status: "PROVISIONING",
    zone: linkTo(world, `zones/${zone}`),
    machineType: linkTo(world, `zones/${zone}/machineTypes/${type.name}`),
    labelFingerprint: wish.labels ? fingerprintOf(wish.labels, id) : EMPTY_FINGERPRINT,
    metadata: { kind: "compute#metadata", ...listOf(wish.metadata?.items, id) },
    tags: listOf(wish.tags?.items, id),
    disks: disks.map(({ attached }) => attached),
    networkInterfaces: wish.networkInterfaces.map((each, i) => networkInterface(world, zone, each, i)),
  };
  const kept = disks.map(({ disk, attached }) => ({ disk, name: disk.name, autoDelete: attached.autoDelete }));
  return { ...{ zone, instance, vcpus: type.guestCpus, runs: 0 }, disks: kept, serial: "", serialStart: 0, guest: new Map() };
}

/** Items aren't there when there are none. */
export const listOf = <T>(items: readonly T[] = [], write: string): { fingerprint: string; items?: T[] } =>
  items.length > 0 ? { fingerprint: fingerprintOf(items, write), items: [...items] } : { fingerprint: EMPTY_FINGERPRINT };

/** What Google says of every instance, asked or not. */
const shown = (world: World, zone: string, wish: Wish, id: string): Record<string, unknown> => ({
  kind: "compute#instance",
  creationTimestamp: timeText(world.clock.now()),
  selfLink: linkTo(world, `zones/${zone}/instances/${wish.name}`),
  cpuPlatform: "Unknown CPU Platform",
  canIpForward: wish.canIpForward ?? false,
  deletionProtection: wish.deletionProtection ?? false,
  startRestricted: false,
  fingerprint: fingerprintOf(wish.name, id),
  scheduling: schedulingShown(wish.scheduling ?? {}),
  shieldedInstanceConfig: {
    ...{ enableSecureBoot: false, enableVtpm: true, enableIntegrityMonitoring: true },
    ...(wish.shieldedInstanceConfig as object | undefined),
  },
  shieldedInstanceIntegrityPolicy: { updateAutoLearnPolicy: true },
});

type Interface = Wish["networkInterfaces"][number];

function networkInterface(world: World, zone: string, wish: Interface, index: number): Interface {
  const network = networkFor(world, wish.network, "");
  return {
    ...wish,
    kind: "compute#networkInterface",
    name: `nic${index}`,
    network: networkLink(world, network),
    subnetwork: subnetworkLink(world, zone, wish.subnetwork ?? network),
    networkIP: wish.networkIP ?? newAddress(world).replace(/^\d+\.\d+/, "10.128"),
    stackType: wish.stackType ?? "IPV4_ONLY",
    fingerprint: fingerprintOf(network, newId(world)),
    ...(wish.accessConfigs && { accessConfigs: wish.accessConfigs.map(accessConfig) }),
  };
}

const accessConfig = (wish: object) => ({
  ...{ kind: "compute#accessConfig", type: "ONE_TO_ONE_NAT", name: "external-nat", networkTier: "PREMIUM" },
  ...wish,
});
