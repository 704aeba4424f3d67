import { type Call, param, type Route } from "../call.ts";
import { invalid, notFound } from "../refusal.ts";
import type { World } from "../world.ts";
import { linkTo } from "./addresses.ts";
import { aggregated, listed } from "./lists.ts";
import { checkZone } from "./places.ts";

export interface MachineType {
  name: string;
  guestCpus: number;
  memoryMb: number;
  isShared?: boolean;
}

const UP_TO_128 = [2, 4, 8, 16, 32, 48, 64, 80, 96, 128];
const FAMILIES: Record<string, { cpus: readonly number[]; gbPerCpu: Record<string, number> }> = {
  c3: { cpus: [4, 8, 22, 44, 88, 176], gbPerCpu: { standard: 4, highmem: 8, highcpu: 2 } },
  c4: { cpus: [2, 4, 8, 16, 24, 32, 48, 96, 144, 192, 288], gbPerCpu: { standard: 3.75, highmem: 7.75, highcpu: 2 } },
  e2: { cpus: [2, 4, 8, 16, 32], gbPerCpu: { standard: 4, highmem: 8, highcpu: 1 } },
  n1: { cpus: [1, 2, 4, 8, 16, 32, 64, 96], gbPerCpu: { standard: 3.75, highmem: 6.5, highcpu: 0.9 } },
  n2: { cpus: UP_TO_128, gbPerCpu: { standard: 4, highmem: 8, highcpu: 1 } },
  n2d: { cpus: UP_TO_128, gbPerCpu: { standard: 4, highmem: 8, highcpu: 1 } },
};

/** A part of two CPUs. */
const SHARED = Object.entries({ micro: 1, small: 2, medium: 4 }).map(([kind, gb]): [string, MachineType] => {
  const name = `e2-${kind}`;
  return [name, { name, guestCpus: 2, memoryMb: gb * 1024, isShared: true }];
});

const TYPES = new Map<string, MachineType>([
  ...SHARED,
  ...Object.entries(FAMILIES).flatMap(([family, { cpus, gbPerCpu }]) =>
    Object.entries(gbPerCpu).flatMap(([kind, gb]) =>
      cpus.map((n) => {
        const name = `${family}-${kind}-${n}`;
        return [name, { name, guestCpus: n, memoryMb: Math.round(n * gb * 1024) }] as const;
      }),
    ),
  ),
]);

/** @param address `zones/Z/machineTypes/e2-standard-8`, of the zone itself, also with project and host before it */
export function machineTypeOf(zone: string, address: string): MachineType {
  const [, where, name = ""] =
    /^(?:(?:https?:\/\/[^/]+\/compute\/[^/]+\/)?projects\/[^/]+\/)?zones\/([^/]+)\/machineTypes\/([^/]+)$/.exec(address) ?? [];
  const told = `Invalid value for field 'resource.machineType': '${address}'.`;
  if (!where) throw invalid(`${told} The URL is malformed.`);
  if (where !== zone) throw invalid(`${told} Machine type specified is not in zone '${zone}'.`);
  const found = TYPES.get(name);
  if (found) return found;
  throw invalid(`${told} Machine type with name '${name}' does not exist in zone '${zone}'.`);
}

const shown = (world: World, zone: string, { name, guestCpus, memoryMb, isShared = false }: MachineType) => ({
  ...{ kind: "compute#machineType", id: "4000", creationTimestamp: "1969-12-31T16:00:00.000-08:00", name },
  ...{ description: `${guestCpus} vCPUs, ${memoryMb / 1024} GB RAM`, guestCpus, memoryMb, imageSpaceGb: 0, zone },
  ...{ maximumPersistentDisks: 128, maximumPersistentDisksSizeGb: "263168", isSharedCpu: isShared, architecture: "X86_64" },
  selfLink: linkTo(world, `zones/${zone}/machineTypes/${name}`),
});

function get(call: Call) {
  const { world } = call;
  const [zone, name] = [checkZone(world, param(call, "zone")), param(call, "type")];
  const found = TYPES.get(name);
  if (found) return shown(world, zone, found);
  throw notFound(`The resource 'projects/${world.project}/zones/${zone}/machineTypes/${name}' was not found`);
}

const allIn = (world: World, zone: string) => [...TYPES.values()].map((type) => shown(world, zone, type));

function list(call: Call) {
  const zone = checkZone(call.world, param(call, "zone"));
  return listed(call, "compute#machineTypeList", `zones/${zone}/machineTypes`, allIn(call.world, zone));
}

function everywhere(call: Call) {
  const { world } = call;
  const all = world.zones.flatMap((zone) => allIn(world, zone).map((type) => ({ scope: `zones/${zone}`, resource: type })));
  return aggregated(call, "compute#machineTypeAggregatedList", "machineTypes", all);
}

const ROOT = "/compute/v1/projects/{project}";

export const machineTypeRoutes: Route[] = [
  ["GET", `${ROOT}/zones/{zone}/machineTypes`, list],
  ["GET", `${ROOT}/zones/{zone}/machineTypes/{type}`, get],
  ["GET", `${ROOT}/aggregated/machineTypes`, everywhere],
];
