import { type Call, isObject, param, type Route } from "../call.ts";
import { badBody, invalid, notFound, Refusal } from "../refusal.ts";
import type { World } from "../world.ts";
import { type ManagedZone, recordKey } from "./state.ts";

const NAME_SERVERS = [1, 2, 3, 4].map((n) => `ns-cloud-a${n}.googledomains.com.`);
const ZONE_TTL = 21_600;
const FIELDS = ["name", "dnsName", "description", "visibility", "labels", "dnssecConfig", "kind", "cloudLoggingConfig"];
const ZONE_NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_NAME = /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+$/;

/** By name or by number. */
export function zoneOf({ world }: Call, name: string): ManagedZone {
  const { zones } = world.dns;
  const zone = zones.get(name) ?? [...zones.values()].find(({ id }) => id === name);
  if (zone) return zone;
  throw notFound(`The 'parameters.managedZone' resource named '${name}' does not exist.`);
}

export function makeZone(world: World, name: string, dnsName: string, description = ""): ManagedZone {
  const now = world.clock.now();
  const ns = { name: dnsName, type: "NS", ttl: ZONE_TTL, rrdatas: NAME_SERVERS };
  const soa = `${NAME_SERVERS[0]} cloud-dns-hostmaster.google.com. 1 21600 3600 259200 300`;
  const own = [ns, { name: dnsName, type: "SOA", ttl: ZONE_TTL, rrdatas: [soa] }];
  const zone: ManagedZone = {
    ...{ name, dnsName, description, createdAt: now },
    id: String(7_000_000_000_000_000_000n + BigInt(world.dns.zones.size + 1)),
    records: new Map(own.map((record) => [recordKey(record), record])),
    changes: [{ id: "0", startTime: new Date(now).toISOString(), status: "done", additions: own, deletions: [] }],
  };
  world.dns.zones.set(name, zone);
  world.history.made("managedZone", name, now);
  return zone;
}

const shown = ({ name, dnsName, description, id, createdAt }: ManagedZone) => ({
  ...{ name, dnsName, description, id, nameServers: NAME_SERVERS, visibility: "public", kind: "dns#managedZone" },
  creationTime: new Date(createdAt).toISOString(),
});

function create({ world, body }: Call): unknown {
  if (!isObject(body)) throw badBody("Invalid value at 'managedZone', expected an object.", "managedZone");
  checkFields(body, FIELDS);
  const { name, dnsName, description } = body;
  if (typeof name !== "string" || !ZONE_NAME.test(name))
    throw invalid(`Invalid value for 'entity.managedZone.name': '${name ?? ""}'`);
  if (typeof dnsName !== "string" || !DNS_NAME.test(dnsName))
    throw invalid(`Invalid value for 'entity.managedZone.dnsName': '${dnsName ?? ""}'`);
  if (typeof description !== "string")
    throw new Refusal(400, "required", "The 'entity.managedZone.description' parameter is required but was missing.");
  if (world.dns.zones.has(name))
    throw new Refusal(409, "alreadyExists", `The resource 'entity.managedZone' named '${name}' already exists`);
  return shown(makeZone(world, name, dnsName, description));
}

/** Only an empty one can go. */
function remove(call: Call): unknown {
  const zone = zoneOf(call, param(call, "zone"));
  if ([...zone.records.values()].some(({ name, type }) => name !== zone.dnsName || !/^(NS|SOA)$/.test(type)))
    throw new Refusal(400, "containerNotEmpty", `The resource named '${zone.name}' cannot be deleted because it is not empty`);
  call.world.dns.zones.delete(zone.name);
  call.world.history.gone("managedZone", zone.name, call.world.clock.now(), "request");
  return {};
}

function list({ world, query }: Call): unknown {
  const dnsName = query.get("dnsName");
  const managedZones = [...world.dns.zones.values()].filter((zone) => !dnsName || zone.dnsName === dnsName).map(shown);
  return { managedZones, kind: "dns#managedZonesListResponse" };
}

export function checkFields(body: Record<string, unknown>, fields: readonly string[], at = ""): void {
  const unknown = Object.keys(body).find((name) => !fields.includes(name));
  if (unknown)
    throw badBody(`Invalid JSON payload received. Unknown name "${unknown}"${at ? ` at '${at}'` : ""}: Cannot find field.`, at);
}

const ROOM = "/dns/v1/projects/{project}/managedZones";

export const zoneRoutes: Route[] = [
  ["POST", ROOM, create],
  ["GET", ROOM, list],
  ["GET", `${ROOM}/{zone}`, (call) => shown(zoneOf(call, param(call, "zone")))],
  ["DELETE", `${ROOM}/{zone}`, remove],
];
