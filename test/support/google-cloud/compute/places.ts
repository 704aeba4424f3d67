import { type Call, param, type Route } from "../call.ts";
import { invalid, notFound } from "../refusal.ts";
import type { World } from "../world.ts";
import { lastOf, linkTo, regionOf } from "./addresses.ts";
import { quotasOf } from "./capacity.ts";
import { listed } from "./lists.ts";

export function checkZone(world: World, zone: string): string {
  if (world.zones.includes(zone)) return zone;
  throw invalid(`Invalid value for field 'zone': '${zone}'. Unknown zone.`);
}

export interface MachineType {
  name: string;
  guestCpus: number;
  memoryMb: number;
}

const GB_PER_CPU: Record<string, number> = { standard: 4, highmem: 8, highcpu: 1 };

/** Any of the e2, n2, n2d, n1 and c3 families. @param address `zones/Z/machineTypes/e2-standard-8`, of the zone itself */
export function machineTypeOf(zone: string, address: string): MachineType {
  const name = lastOf(address);
  const [, kind = "", cpus = ""] = /^(?:e2|n1|n2|n2d|c3)-(standard|highmem|highcpu)-(\d{1,3})$/.exec(name) ?? [];
  const within = new RegExp(`(^|/)zones/${zone}/machineTypes/[^/]+$`).test(address);
  if (!kind || !within)
    throw invalid(
      `Invalid value for field 'resource.machineType': '${address}'. The referenced resource does not exist or is of another zone.`,
    );
  return { name, guestCpus: Number(cpus), memoryMb: Number(cpus) * (GB_PER_CPU[kind] ?? 1) * 1024 };
}

/** @param address `projects/P/global/images/family/F`, `projects/P/global/images/NAME`, either with the API's host before it */
export function imageOf(world: World, address: string): string {
  const [, project = "", family, name] =
    /(?:^|\/)projects\/([^/]+)\/global\/images\/(?:family\/([^/]+)|([^/]+))$/.exec(address) ?? [];
  const { images } = world.compute;
  const found = family ? images.get(`${project}/${family}`) : [...images.values()].find((each) => each === name);
  if (found) return found;
  throw notFound(`The resource '${address.slice(address.indexOf("projects/")) || address}' was not found`);
}

const zoneShown = (world: World, name: string) => ({
  kind: "compute#zone",
  id: String(2000 + world.zones.indexOf(name)),
  name,
  description: name,
  status: "UP",
  region: linkTo(world, `regions/${regionOf(name)}`),
  selfLink: linkTo(world, `zones/${name}`),
});

function regionShown(world: World, name: string) {
  const zones = world.zones.filter((zone) => regionOf(zone) === name);
  return {
    ...{ kind: "compute#region", id: String(1000 + name.length), name, description: name, status: "UP" },
    zones: zones.map((zone) => linkTo(world, `zones/${zone}`)),
    quotas: quotasOf(world, name),
    selfLink: linkTo(world, `regions/${name}`),
  };
}

const regionsOf = (world: World) => [...new Set(world.zones.map(regionOf))];
const missing = ({ project }: World, path: string) => notFound(`The resource 'projects/${project}/${path}' was not found`);

function zone(call: Call) {
  const name = param(call, "zone");
  if (!call.world.zones.includes(name)) throw missing(call.world, `zones/${name}`);
  return zoneShown(call.world, name);
}

function region(call: Call) {
  const name = param(call, "region");
  if (!regionsOf(call.world).includes(name)) throw missing(call.world, `regions/${name}`);
  return regionShown(call.world, name);
}

function project({ world }: Call) {
  const defaults = { defaultNetworkTier: "PREMIUM", xpnProjectStatus: "UNSPECIFIED_XPN_PROJECT_STATUS", quotas: [] };
  const own = { id: world.number, name: world.project, selfLink: linkTo(world, "").slice(0, -1) };
  return {
    kind: "compute#project",
    ...own,
    commonInstanceMetadata: { kind: "compute#metadata", fingerprint: "42WmSpB8rSM=" },
    ...defaults,
  };
}

function network(call: Call) {
  const name = param(call, "network");
  if (name !== "default") throw missing(call.world, `global/networks/${name}`);
  const selfLink = linkTo(call.world, `global/networks/${name}`);
  return { kind: "compute#network", id: "3000", name, autoCreateSubnetworks: true, selfLink };
}

function machineType(call: Call) {
  const { world } = call;
  const [where, name] = [checkZone(world, param(call, "zone")), param(call, "type")];
  const path = `zones/${where}/machineTypes/${name}`;
  try {
    return { kind: "compute#machineType", id: "4000", ...machineTypeOf(where, path), zone: where, selfLink: linkTo(world, path) };
  } catch {
    throw missing(world, path);
  }
}

function image(call: Call) {
  const [owner, family, name] = [param(call, "project"), call.params.family, call.params.image];
  const address = `projects/${owner}/global/images/${family ? `family/${family}` : name}`;
  const found = imageOf(call.world, address);
  const selfLink = `https://www.googleapis.com/compute/v1/projects/${owner}/global/images/${found}`;
  const of = [...call.world.compute.images].find(([, each]) => each === found)?.[0].split("/")[1];
  return {
    kind: "compute#image",
    id: "5000",
    name: found,
    family: of,
    status: "READY",
    diskSizeGb: "10",
    sourceType: "RAW",
    selfLink,
  };
}

const ROOT = "/compute/v1/projects/{project}";

export const placeRoutes: Route[] = [
  ["GET", ROOT, project],
  [
    "GET",
    `${ROOT}/zones`,
    (call) =>
      listed(
        call,
        "compute#zoneList",
        "zones",
        call.world.zones.map((name) => zoneShown(call.world, name)),
      ),
  ],
  ["GET", `${ROOT}/zones/{zone}`, zone],
  ["GET", `${ROOT}/zones/{zone}/machineTypes/{type}`, machineType],
  [
    "GET",
    `${ROOT}/regions`,
    (call) =>
      listed(
        call,
        "compute#regionList",
        "regions",
        regionsOf(call.world).map((name) => regionShown(call.world, name)),
      ),
  ],
  ["GET", `${ROOT}/regions/{region}`, region],
  ["GET", `${ROOT}/global/networks/{network}`, network],
  ["GET", `${ROOT}/global/images/family/{family}`, image],
  ["GET", `${ROOT}/global/images/{image}`, image],
];
