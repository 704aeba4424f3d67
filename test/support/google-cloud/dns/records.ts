import { isObject } from "../call.ts";
import { checked } from "../normal.ts";
import { invalid, notFound, Refusal } from "../refusal.ts";
import { DNS_SCHEMA } from "./schema.ts";
import { type ManagedZone, type RecordSet, recordKey } from "./state.ts";
import { required } from "./zones.ts";

const TYPES = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SPF", "SRV", "TXT"];
const NAME = /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+$/i;
const IPV4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
/** What each type's data has to look like: addresses, and names with their last dot. */
const DATA: Record<string, RegExp> = { A: IPV4, AAAA: /^[0-9a-f:.]+$/i, CNAME: /\.$/, MX: /^\d+ .*\.$/, NS: /\.$/, PTR: /\.$/ };

/** @param at how messages call it: `entity.change.additions[0]` */
export function checkedRecord(zone: ManagedZone, value: unknown, at: string): RecordSet {
  if (!isObject(value)) throw required(at);
  const wish = checked<Partial<RecordSet>>(DNS_SCHEMA, "ResourceRecordSet", value, at.replace("entity.", ""));
  const { name = "", type = "", ttl = 0, rrdatas = [] } = wish;
  if (!NAME.test(name) || !isWithin(name, zone.dnsName)) throw invalid(`Invalid value for '${at}.name': '${name}'`);
  if (!TYPES.includes(type)) throw invalid(`Invalid value for '${at}.type': '${type}'`);
  if (ttl < 0) throw invalid(`Invalid value for '${at}.ttl': '${ttl}'`);
  if (rrdatas.length === 0) throw invalid(`Invalid value for '${at}.rrdata': ''`);
  const wrong = rrdatas.findIndex((data) => !(DATA[type] ?? /./).test(data));
  if (wrong >= 0) throw invalid(`Invalid value for '${at}.rrdata[${wrong}]': '${rrdatas[wrong]}'`);
  return { name: name.toLowerCase(), type, ttl: Number(ttl), rrdatas: type === "TXT" ? rrdatas.map(quoted) : rrdatas };
}

/** Texts without quotes are one for each word. */
const quoted = (text: string): string =>
  text.startsWith('"')
    ? text
    : text
        .split(/\s+/)
        .map((word) => `"${word}"`)
        .join(" ");

const isWithin = (name: string, dnsName: string) => name.toLowerCase() === dnsName || name.toLowerCase().endsWith(`.${dnsName}`);

/** What a change makes of a zone's records; nothing of it is done when one part is refused. */
export function changed(
  zone: ManagedZone,
  additions: readonly RecordSet[],
  deletions: readonly RecordSet[],
): Map<string, RecordSet> {
  const records = new Map(zone.records);
  for (const [i, record] of deletions.entries()) {
    const at = `entity.change.deletions[${i}]`;
    const there = records.get(recordKey(record));
    if (!there) throw notFound(`The '${at}' resource named '${record.name} (${record.type})' does not exist.`);
    if (!isSame(there, record)) throw new Refusal(412, "conditionNotMet", `Precondition not met for '${at}'`);
    records.delete(recordKey(record));
  }
  for (const [i, record] of additions.entries()) {
    const at = `entity.change.additions[${i}]`;
    if (records.has(recordKey(record)))
      throw new Refusal(409, "alreadyExists", `The resource '${at}' named '${record.name} (${record.type})' already exists`);
    records.set(recordKey(record), record);
    checkAlias(records, record, at);
  }
  checkApex(zone, records);
  return records;
}

/** Order doesn't matter. */
const isSame = (a: RecordSet, b: RecordSet): boolean =>
  a.ttl === b.ttl && [...a.rrdatas].sort().join("\n") === [...b.rrdatas].sort().join("\n");

/** A CNAME stands alone. */
function checkAlias(records: ReadonlyMap<string, RecordSet>, { name }: RecordSet, at: string): void {
  const own = [...records.values()].filter((record) => record.name === name);
  if (own.length < 2 || !own.some(({ type }) => type === "CNAME")) return;
  const message = `The resource record set '${at}' is invalid because the DNS name '${name}' may have either one CNAME resource record set or resource record sets of other types, but not both.`;
  throw new Refusal(400, "cnameResourceRecordSetConflict", message);
}

/** What makes it a zone can be replaced, not taken away. */
function checkApex({ dnsName }: ManagedZone, records: ReadonlyMap<string, RecordSet>): void {
  const missing = ["NS", "SOA"].find((type) => !records.has(recordKey({ name: dnsName, type })));
  if (!missing) return;
  const message = `The resource record set 'entity.change' is invalid because a zone must contain exactly one resource record set of type '${missing}' at the apex.`;
  throw new Refusal(400, "invalidZoneApex", message);
}
