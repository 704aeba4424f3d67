import { type Call, param, type Route } from "../call.ts";
import { invalid, notFound, Refusal } from "../refusal.ts";
import type { World } from "../world.ts";
import { lastOf, linkTo, newId, regionOf, timeText } from "./addresses.ts";
import { checkName } from "./limits.ts";
import { listed } from "./lists.ts";
import { begin, repeated } from "./operations.ts";
import { checkedResource } from "./schema.ts";
import type { Operation } from "./state.ts";

/** What every project has from the start. */
const DEFAULT = "default";

/** @param address `global/networks/default`; left out, it is that one. @returns its name @throws 400, as an insert says it */
export function networkFor(world: World, address: string | undefined, field: string): string {
  if (address === undefined) return DEFAULT;
  const [, , name = ""] = /(^|\/)global\/networks\/([^/]+)$/.exec(address) ?? [];
  if (name === DEFAULT || world.compute.networks.has(name)) return name;
  throw invalid(`Invalid value for field '${field}': '${address}'. The referenced network resource cannot be found.`);
}

export const networkLink = (world: World, name: string): string => linkTo(world, `global/networks/${name}`);
export const subnetworkLink = (world: World, zone: string, name: string): string =>
  linkTo(world, `regions/${regionOf(zone)}/subnetworks/${lastOf(name)}`);

const defaultNetwork = (world: World) => ({
  ...{ kind: "compute#network", id: "3000", creationTimestamp: "2026-01-01T09:00:00.000-08:00", name: DEFAULT },
  ...{ description: "Default network for the project", ...shown(world, DEFAULT, "3000") },
});

const shown = (world: World, name: string, id: string) => ({
  autoCreateSubnetworks: true,
  subnetworks: [...new Set(world.zones.map((zone) => subnetworkLink(world, zone, name)))],
  ...{ routingConfig: { routingMode: "REGIONAL" }, networkFirewallPolicyEnforcementOrder: "AFTER_CLASSIC_FIREWALL" },
  ...{ selfLink: networkLink(world, name), selfLinkWithId: networkLink(world, id) },
});

const networksOf = (world: World) => [defaultNetwork(world), ...world.compute.networks.values()];

function get(call: Call) {
  const { world } = call;
  const name = param(call, "network");
  const found = networksOf(world).find((network) => network.name === name);
  if (found) return found;
  throw notFound(`The resource 'projects/${world.project}/global/networks/${name}' was not found`);
}

/** Of the kind that has a subnetwork in each region: no others can be made here. */
function insert(call: Call): Operation {
  const { world, body } = call;
  const known = repeated(call);
  if (known) return known;
  const wish = checkedResource<{ name?: string; autoCreateSubnetworks?: boolean }>("Network", body);
  const { name } = wish;
  checkName(name);
  if (wish.autoCreateSubnetworks !== true)
    throw new Refusal(501, "notImplemented", "The emulator makes networks with autoCreateSubnetworks only.");
  const path = `global/networks/${name}`;
  if (networksOf(world).some((network) => network.name === name))
    throw new Refusal(409, "alreadyExists", `The resource 'projects/${world.project}/${path}' already exists`);
  const id = newId(world);
  const own = { kind: "compute#network", id, name, creationTimestamp: timeText(world.clock.now()) };
  world.compute.networks.set(name, { ...wish, ...own, ...shown(world, name, id) });
  world.history.made("network", path, world.clock.now());
  return begin(call, { type: "insert", target: path, targetId: id, ms: world.times.operation });
}

function remove(call: Call): Operation {
  const { world } = call;
  const known = repeated(call);
  if (known) return known;
  const { name, id } = get(call);
  const path = `global/networks/${name}`;
  world.compute.networks.delete(name);
  world.history.gone("network", path, world.clock.now(), "request");
  return begin(call, { type: "delete", target: path, targetId: id, ms: world.times.operation });
}

const ROOM = "/compute/v1/projects/{project}/global/networks";

export const networkRoutes: Route[] = [
  ["POST", ROOM, insert],
  ["GET", ROOM, (call) => listed(call, "compute#networkList", "global/networks", networksOf(call.world))],
  ["GET", `${ROOM}/{network}`, get],
  ["DELETE", `${ROOM}/{network}`, remove],
];
