import { type Call, param, type Route } from "../call.ts";
import { invalid, notFound } from "../refusal.ts";
import type { World } from "../world.ts";
import { linkTo, regionOf } from "./addresses.ts";
import { projectQuotasOf, quotasOf } from "./capacity.ts";
import { EMPTY_FINGERPRINT } from "./fingerprints.ts";
import { listed } from "./lists.ts";

/** Zones and regions are older than any project. */
const CREATED = "2014-05-30T18:35:16.575-07:00";

export function checkZone(world: World, zone: string): string {
  if (world.zones.includes(zone)) return zone;
  throw invalid(`Invalid value for field 'zone': '${zone}'. Unknown zone.`);
}

const zoneShown = (world: World, name: string) => ({
  ...{ kind: "compute#zone", id: String(2000 + world.zones.indexOf(name)), creationTimestamp: CREATED, name },
  ...{ description: name, status: "UP", region: linkTo(world, `regions/${regionOf(name)}`), supportsPzs: true },
  selfLink: linkTo(world, `zones/${name}`),
});

function regionShown(world: World, name: string) {
  const zones = world.zones.filter((zone) => regionOf(zone) === name);
  return {
    ...{ kind: "compute#region", id: String(1000 + regionsOf(world).indexOf(name)), creationTimestamp: CREATED, name },
    ...{ description: name, status: "UP", zones: zones.map((zone) => linkTo(world, `zones/${zone}`)) },
    ...{ quotas: quotasOf(world, name), supportsPzs: true, selfLink: linkTo(world, `regions/${name}`) },
  };
}

const regionsOf = (world: World) => [...new Set(world.zones.map(regionOf))];
const missing = ({ project }: World, path: string) => notFound(`The resource 'projects/${project}/${path}' was not found`);

function zone(call: Call) {
  const name = param(call, "zone");
  if (!call.world.zones.includes(name)) throw missing(call.world, `zones/${name}`);
  return zoneShown(call.world, name);
}

function zones(call: Call) {
  const { world } = call;
  return listed(
    call,
    "compute#zoneList",
    "zones",
    world.zones.map((name) => zoneShown(world, name)),
  );
}

function region(call: Call) {
  const name = param(call, "region");
  if (!regionsOf(call.world).includes(name)) throw missing(call.world, `regions/${name}`);
  return regionShown(call.world, name);
}

function regions(call: Call) {
  const { world } = call;
  return listed(
    call,
    "compute#regionList",
    "regions",
    regionsOf(world).map((name) => regionShown(world, name)),
  );
}

const project = ({ world }: Call) => ({
  ...{ kind: "compute#project", id: world.number, creationTimestamp: "2026-01-01T09:00:00.000-08:00", name: world.project },
  commonInstanceMetadata: { kind: "compute#metadata", fingerprint: EMPTY_FINGERPRINT },
  ...{ defaultNetworkTier: "PREMIUM", xpnProjectStatus: "UNSPECIFIED_XPN_PROJECT_STATUS" },
  quotas: projectQuotasOf(world),
  selfLink: linkTo(world, "").slice(0, -1),
});

const ROOT = "/compute/v1/projects/{project}";

export const placeRoutes: Route[] = [
  ["GET", ROOT, project],
  ["GET", `${ROOT}/zones`, zones],
  ["GET", `${ROOT}/zones/{zone}`, zone],
  ["GET", `${ROOT}/regions`, regions],
  ["GET", `${ROOT}/regions/{region}`, region],
];
