import { type Call, isObject, param, type Route } from "../call.ts";
import { checked } from "../normal.ts";
import { notFound, Refusal } from "../refusal.ts";
import type { World } from "../world.ts";
import { pageOf } from "./pages.ts";
import { changed, checkedRecord } from "./records.ts";
import { DNS_SCHEMA } from "./schema.ts";
import { type Change, type ManagedZone, type RecordSet, recordKey } from "./state.ts";
import { required, zoneOf } from "./zones.ts";

const zone = (call: Call) => zoneOf(call, param(call, "zone"));
const shownRecord = (record: RecordSet) => ({ ...record, signatureRrdatas: [], kind: "dns#resourceRecordSet" });
const shown = ({ additions, deletions, ...change }: Change) => ({
  additions: additions.map(shownRecord),
  deletions: deletions.map(shownRecord),
  ...change,
  kind: "dns#change",
});

function create(call: Call): unknown {
  const { world, body } = call;
  const own = zone(call);
  if (!isObject(body)) throw required("entity.change");
  const wish = checked<{ additions?: unknown[]; deletions?: unknown[] }>(DNS_SCHEMA, "Change", body, "change");
  const read = (list: unknown[] = [], which: string) =>
    list.map((each, i) => checkedRecord(own, each, `entity.change.${which}[${i}]`));
  const [additions, deletions] = [read(wish.additions, "additions"), read(wish.deletions, "deletions")];
  if (additions.length + deletions.length === 0) throw required("entity.change");
  return shown(apply(world, own, additions, deletions));
}

/** Seen in the records at once, answered by the name servers when it is done. */
function apply(world: World, own: ManagedZone, additions: RecordSet[], deletions: RecordSet[]): Change {
  own.records = changed(own, additions, deletions);
  const now = world.clock.now();
  const replaced = new Set(additions.map(recordKey));
  for (const record of deletions)
    world.history.gone("recordSet", nameOf(own, record), now, replaced.has(recordKey(record)) ? "replaced" : "request");
  for (const record of additions) world.history.made("recordSet", nameOf(own, record), now);
  const id = String(own.changes.length);
  const change: Change = { additions, deletions, startTime: new Date(now).toISOString(), id, status: "pending" };
  own.changes.push(change);
  world.clock.at(now + world.times.change, () => {
    change.status = "done";
  });
  return change;
}

const nameOf = (own: ManagedZone, { type, name }: RecordSet) => `${own.name}/${type} ${name}`;

function get(call: Call): unknown {
  const id = param(call, "change");
  const change = zone(call).changes.find((each) => each.id === id);
  if (change) return shown(change);
  throw notFound(`The 'parameters.changeId' resource named '${id}' does not exist.`);
}

/** The newest first, unless asked otherwise. */
function list(call: Call): unknown {
  const { changes } = zone(call);
  const { page, ...token } = pageOf(call, call.query.get("sortOrder") === "ascending" ? changes : changes.toReversed());
  return { changes: page.map(shown), ...token, kind: "dns#changesListResponse" };
}

function records(call: Call): unknown {
  const { query } = call;
  const [name, type] = [query.get("name"), query.get("type")];
  if (type && !name)
    throw new Refusal(400, "invalidFieldValue", "The 'parameters.type' filter needs 'parameters.name' beside it.");
  const all = [...zone(call).records.values()]
    .filter((record) => (!name || record.name === name) && (!type || record.type === type))
    .sort((a, b) => (recordKey(a) < recordKey(b) ? -1 : 1));
  const { page, ...token } = pageOf(call, all);
  return { rrsets: page.map(shownRecord), ...token, kind: "dns#resourceRecordSetsListResponse" };
}

function createRecord(call: Call): unknown {
  const own = zone(call);
  const record = checkedRecord(own, call.body, "entity.rrset");
  if (own.records.has(recordKey(record)))
    throw new Refusal(409, "alreadyExists", `The resource 'entity.rrset' named '${record.name} (${record.type})' already exists`);
  apply(call.world, own, [record], []);
  return shownRecord(record);
}

function foundRecord(call: Call): RecordSet {
  const [name, type] = [param(call, "name"), param(call, "type")];
  const record = zone(call).records.get(recordKey({ name, type }));
  if (record) return record;
  throw notFound(`The 'parameters.name' resource named '${name} (${type})' does not exist.`);
}

/** What isn't said stays. */
function patchRecord(call: Call): unknown {
  const before = foundRecord(call);
  if (!isObject(call.body)) throw required("entity.rrset");
  const after = checkedRecord(zone(call), { ...before, ...call.body }, "entity.rrset");
  apply(call.world, zone(call), [after], [before]);
  return shownRecord(after);
}

function removeRecord(call: Call): unknown {
  apply(call.world, zone(call), [], [foundRecord(call)]);
  return {};
}

const ZONE = "/dns/v1/projects/{project}/managedZones/{zone}";

export const changeRoutes: Route[] = [
  ["POST", `${ZONE}/changes`, create],
  ["GET", `${ZONE}/changes`, list],
  ["GET", `${ZONE}/changes/{change}`, get],
  ["GET", `${ZONE}/rrsets`, records],
  ["POST", `${ZONE}/rrsets`, createRecord],
  ["GET", `${ZONE}/rrsets/{name}/{type}`, (call) => shownRecord(foundRecord(call))],
  ["PATCH", `${ZONE}/rrsets/{name}/{type}`, patchRecord],
  ["DELETE", `${ZONE}/rrsets/{name}/{type}`, removeRecord],
];
