import { type Call, param, type Route } from "../call.ts";
import { invalid, notFound } from "../refusal.ts";
import type { World } from "../world.ts";
import { linkTo } from "./addresses.ts";
import { listed } from "./lists.ts";
import { checkZone } from "./places.ts";

const TYPES = ["pd-balanced", "pd-extreme", "pd-ssd", "pd-standard"];
/** What an instance's disk is of that doesn't say it. */
const USUAL = "pd-standard";

/** @param address `zones/Z/diskTypes/pd-balanced`, also with project and host before it. @returns its name @throws 400, as an insert says it */
export function diskTypeFor(zone: string, address: string | undefined, field: string): string {
  if (address === undefined) return USUAL;
  const [, where, name = ""] = /(?:^|\/)zones\/([^/]+)\/diskTypes\/([^/]+)$/.exec(address) ?? [];
  if (where === zone && TYPES.includes(name)) return name;
  throw invalid(`Invalid value for field '${field}': '${address}'. The referenced diskType resource cannot be found.`);
}

export const diskTypeLink = (world: World, zone: string, name: string): string =>
  linkTo(world, `zones/${zone}/diskTypes/${name}`);

const shown = (world: World, zone: string, name: string) => ({
  ...{ kind: "compute#diskType", id: String(30_000 + TYPES.indexOf(name)), name, description: name },
  ...{ creationTimestamp: "1969-12-31T16:00:00.000-08:00", validDiskSize: "10GB-65536GB", defaultDiskSizeGb: "100" },
  ...{ zone: linkTo(world, `zones/${zone}`), selfLink: diskTypeLink(world, zone, name) },
});

function get(call: Call) {
  const { world } = call;
  const [zone, name] = [checkZone(world, param(call, "zone")), param(call, "type")];
  if (TYPES.includes(name)) return shown(world, zone, name);
  throw notFound(`The resource 'projects/${world.project}/zones/${zone}/diskTypes/${name}' was not found`);
}

function list(call: Call) {
  const zone = checkZone(call.world, param(call, "zone"));
  return listed(
    call,
    "compute#diskTypeList",
    `zones/${zone}/diskTypes`,
    TYPES.map((name) => shown(call.world, zone, name)),
  );
}

const ROOM = "/compute/v1/projects/{project}/zones/{zone}/diskTypes";

export const diskTypeRoutes: Route[] = [
  ["GET", ROOM, list],
  ["GET", `${ROOM}/{type}`, get],
];
