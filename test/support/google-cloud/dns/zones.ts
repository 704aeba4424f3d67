import { type Call, isObject, param, type Route } from "../call.ts";
import { checkLabels } from "../compute/limits.ts";
import { checked } from "../normal.ts";
import { invalid, notFound, Refusal } from "../refusal.ts";
import type { World } from "../world.ts";
import { pageOf } from "./pages.ts";
import { DNS_SCHEMA } from "./schema.ts";
import { type ManagedZone, recordKey } from "./state.ts";

const ZONE_TTL = 21_600;
const ZONE_NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_NAME = /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+$/;
/** Google has some groups of name servers; zones get one after the other. */
const GROUPS = "abcde";

/** By name or by number. */
export function zoneOf({ world }: Call, name: string): ManagedZone {
  const { zones } = world.dns;
  const zone = zones.get(name) ?? [...zones.values()].find(({ id }) => id === name);
  if (zone) return zone;
  throw notFound(`The 'parameters.managedZone' resource named '${name}' does not exist.`);
}

export function makeZone(world: World, name: string, dnsName: string, more: { description?: string; settings?: object } = {}) {
  const now = world.clock.now();
  const made = world.dns.made++;
  const group = GROUPS[made % GROUPS.length];
  const nameServers = [1, 2, 3, 4].map((n) => `ns-cloud-${group}${n}.googledomains.com.`);
  const soa = `${nameServers[0]} cloud-dns-hostmaster.google.com. 1 21600 3600 259200 300`;
  const own = [
    { name: dnsName, type: "NS", ttl: ZONE_TTL, rrdatas: nameServers },
    { name: dnsName, type: "SOA", ttl: ZONE_TTL, rrdatas: [soa] },
  ];
  const zone: ManagedZone = {
    ...{ name, dnsName, description: more.description ?? "", settings: more.settings ?? {}, nameServers, createdAt: now },
    id: String(1_805_972_131_877_938_336n + BigInt(made)),
    records: new Map(own.map((record) => [recordKey(record), record])),
    changes: [{ id: "0", startTime: new Date(now).toISOString(), status: "done", additions: own, deletions: [] }],
  };
  world.dns.zones.set(name, zone);
  world.history.made("managedZone", name, now);
  return zone;
}

const shown = ({ name, dnsName, description, id, nameServers, createdAt, settings }: ManagedZone) => ({
  ...{ name, dnsName, description, id, nameServers, creationTime: new Date(createdAt).toISOString(), visibility: "public" },
  ...settings,
  ...{ cloudLoggingConfig: { kind: "dns#managedZoneCloudLoggingConfig" }, kind: "dns#managedZone" },
});

interface Wish {
  name?: string;
  dnsName?: string;
  description?: string;
  visibility?: string;
  labels?: Record<string, string>;
}

function create({ world, body }: Call): unknown {
  if (!isObject(body)) throw required("entity.managedZone");
  const wish = checked<Wish>(DNS_SCHEMA, "ManagedZone", body, "managed_zone");
  const { name, dnsName, description, visibility = "public", labels } = wish;
  if (!name || !ZONE_NAME.test(name)) throw invalid(`Invalid value for 'entity.managedZone.name': '${name ?? ""}'`);
  if (!dnsName || !DNS_NAME.test(dnsName)) throw invalid(`Invalid value for 'entity.managedZone.dnsName': '${dnsName ?? ""}'`);
  if (description === undefined) throw required("entity.managedZone.description");
  checkLabels(labels, "entity.managedZone.labels");
  if (world.dns.zones.has(name))
    throw new Refusal(409, "alreadyExists", `The resource 'entity.managedZone' named '${name}' already exists`);
  return shown(makeZone(world, name, dnsName, { description, settings: { visibility, ...(labels && { labels }) } }));
}

export const required = (field: string) => new Refusal(400, "required", `The '${field}' parameter is required but was missing.`);

/** Only an empty one can go. */
function remove(call: Call): unknown {
  const zone = zoneOf(call, param(call, "zone"));
  if ([...zone.records.values()].some(({ name, type }) => name !== zone.dnsName || !/^(NS|SOA)$/.test(type)))
    throw new Refusal(400, "containerNotEmpty", `The resource named '${zone.name}' cannot be deleted because it is not empty`);
  call.world.dns.zones.delete(zone.name);
  call.world.history.gone("managedZone", zone.name, call.world.clock.now(), "request");
  return {};
}

function list(call: Call): unknown {
  const dnsName = call.query.get("dnsName");
  const own = [...call.world.dns.zones.values()].filter((zone) => !dnsName || zone.dnsName === dnsName);
  const { page, ...token } = pageOf(call, own);
  return { managedZones: page.map(shown), ...token, kind: "dns#managedZonesListResponse" };
}

/** As the API's own pages say. */
const QUOTA = { managedZones: 10_000, rrsetsPerManagedZone: 10_000, resourceRecordsPerRrset: 100 };
const CHANGE_QUOTA = { rrsetAdditionsPerChange: 1000, rrsetDeletionsPerChange: 1000, totalRrdataSizePerChange: 100_000 };

const project = ({ world }: Call) => ({
  ...{ kind: "dns#project", number: world.number, id: world.project },
  quota: { kind: "dns#quota", ...QUOTA, ...CHANGE_QUOTA },
});

const ROOT = "/dns/v1/projects/{project}";
const ROOM = `${ROOT}/managedZones`;

export const zoneRoutes: Route[] = [
  ["GET", ROOT, project],
  ["POST", ROOM, create],
  ["GET", ROOM, list],
  ["GET", `${ROOM}/{zone}`, (call) => shown(zoneOf(call, param(call, "zone")))],
  ["DELETE", `${ROOM}/{zone}`, remove],
];
