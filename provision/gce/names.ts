import type { Record as DnsRecord, Zone } from "@google-cloud/dns";
import { Problem } from "../../agent/contract/errors.ts";
import type { CallOptions, FoundName, NameOptions, Names } from "../cloud.ts";
import { ATTEMPTS, pause, pauseOf } from "./calls.ts";
import type { Clients } from "./clients.ts";
import { GoogleProblem } from "./problems.ts";
import type { GoogleSettings } from "./settings.ts";
import { nameOf, openSharedZone, type Wish } from "./shared-zone.ts";

/** Seconds that others may remember an address: a machine that is made again has another one. */
const TTL = 60;
/** Others may change the same names: read again, change again. */
const CHANGES_MOST = 5;
/** Somebody was faster: perhaps our own attempt before, whose answer was lost. Or it was another's wish in the same change. */
const OLD: readonly number[] = [404, 409, 412];
/** After so many in a change with others', by itself. */
const TOGETHER_MOST = 2;
/** Names of machines below the domain: `ws-abc123`, `ws-abc123-2`. */
const MACHINE_LABEL = /^ws-[a-z0-9]{6}(-[1-9][0-9]?)?$/;

/** Where authorities look (RFC 8555 §8.4). */
const PROOF_LABEL = "_acme-challenge";

/**
 * Each machine has two A records, its name and all names below it, and a TXT record that says whose they are and until when, changed
 * together; while it gets a certificate, another TXT record below.
 */
export function openNames(
  { domain, installation }: Pick<GoogleSettings, "domain" | "installation">,
  { zone }: Pick<Clients, "zone">,
): Names {
  const shared = openSharedZone(domain, { zone });

  async function point(host: string, ip: string, { endsBy, ...options }: NameOptions = {}): Promise<void> {
    const words = ownerWords({ installation, endsBy });
    await changed(`point ${host} at ${ip}`, options, async () => {
      const there = await recordsOf(host, options);
      if (isAnothers(there))
        throw new Problem("STATE_CONFLICT", `The name ${host} belongs to another installation of ClaraTeach in this zone.`);
      const addresses = there.filter(isAddress).map(addressOf);
      const isRight = addresses.length === 2 && addresses.every((address) => address === ip);
      if (isRight && textsOf(there).includes(words)) return undefined;
      return { add: [...bothOf(host).map((name) => newRecord(zone, name, ip)), text(zone, `${host}.`, [words])], delete: there };
    });
  }

  const isAnothers = (there: readonly DnsRecord[]): boolean => {
    const owner = ownerOf(there);
    return owner !== undefined && owner.installation !== installation;
  };

  /** Until a look finds nothing: a zone's pages are read one after the other, and what moves from one to the other meanwhile is in neither. */
  async function remove(host: string, options: CallOptions = {}): Promise<void> {
    let isThere: boolean;
    do {
      isThere = false;
      await changed(`take away ${host}`, options, async () => {
        const there = (await shared.read([...bothOf(host), proofName(host)], options)).filter(isOurs);
        if (there.length === 0 || isAnothers(there)) return undefined;
        isThere = true;
        return { add: [], delete: there };
      });
    } while (isThere);
  }

  async function prove(host: string, values: readonly string[], options: CallOptions = {}): Promise<void> {
    await changed(`answer authorities for ${host}`, options, async () => {
      const there = await proofsOf(host, options);
      if (valuesOf(there).sort().join() === [...values].sort().join()) return undefined;
      return { add: values.length > 0 ? [text(zone, proofName(host), values)] : [], delete: there };
    });
  }

  /** @param wish looks and says what is to be changed; undefined: nothing */
  async function changed(what: string, options: CallOptions, wish: () => Promise<Wish | undefined>): Promise<void> {
    for (let [conflicts, failures] = [0, 0]; ; ) {
      const change = await wish();
      if (!change) return shared.newestDone(options);
      try {
        return await shared.change(change, conflicts >= TOGETHER_MOST, options);
      } catch (error) {
        if (!(error instanceof GoogleProblem)) throw error;
        const isOld = OLD.includes(error.http);
        if (isOld) conflicts += 1;
        if (error.isPassing) failures += 1;
        const isHopeless = !isOld && !error.isPassing;
        if (isHopeless || conflicts === CHANGES_MOST || failures === ATTEMPTS) throw error.as(what);
        if (error.isPassing) await pause(pauseOf(error, failures), options.signal);
      }
    }
  }

  const recordsOf = async (host: string, options: CallOptions) =>
    (await shared.read(bothOf(host), options)).filter((record) => isAddress(record) || ownerOf([record]));
  const proofsOf = async (host: string, options: CallOptions) =>
    (await shared.read([proofName(host)], options)).filter(({ type }) => type === "TXT");

  return {
    create: point,
    remove,
    prove,
    proofs: async (host, options = {}) => valuesOf(await proofsOf(host, options)),
    find: async (host, options = {}) => foundOf(host, await recordsOf(host, options)),
    list: async (options = {}) => {
      const all = await shared.all(options);
      const hosts = new Set(all.flatMap((record) => hostIn(nameOf(record), domain) ?? []));
      return [...hosts].flatMap((host) => {
        const own = all.filter((record) => bothOf(host).includes(nameOf(record)));
        if (isAnothers(own)) return [];
        const found = foundOf(host, own);
        return found ?? { host, ip: "", status: "broken" as const, detail: "only an answer to authorities is left of it" };
      });
    },
  };
}

/** What else may stand under a machine's names isn't ours. */
const isOurs = ({ type }: DnsRecord): boolean => type === "A" || type === "TXT";

const bothOf = (host: string) => [`${host}.`, `*.${host}.`];
const newRecord = (zone: Zone, name: string, ip: string) => zone.record("a", { name, ttl: TTL, data: [ip] });
const proofName = (host: string) => `${PROOF_LABEL}.${host}.`;
/** TXT records hold their texts in quotes. */
const text = (zone: Zone, name: string, values: readonly string[]): DnsRecord =>
  zone.record("txt", { name, ttl: TTL, data: values.map((value) => `"${value}"`) });
const valuesOf = (there: readonly DnsRecord[]): string[] =>
  there.flatMap(({ data }) => data as string | string[]).map((value) => value.replace(/^"|"$/g, ""));
const addressOf = (record: DnsRecord): string | undefined => {
  const data = record.data as string | string[] | undefined;
  return Array.isArray(data) ? data[0] : data;
};

const isAddress = ({ type }: DnsRecord): boolean => type.toUpperCase() === "A";
const textsOf = (there: readonly DnsRecord[]): string[] => valuesOf(there.filter((record) => !isAddress(record)));

/** Records have no labels: whose a name is, and until when anybody wants it, stands beside it. */
interface Owner {
  installation: string;
  /** Milliseconds since 1970. */
  endsBy?: number | undefined;
}
const OWNER = /^clarateach installation=(\S+)(?: ends=(\d+))?$/;
const ownerWords = ({ installation, endsBy }: Owner): string =>
  `clarateach installation=${installation}${endsBy === undefined ? "" : ` ends=${Math.ceil(endsBy / 1000)}`}`;

function ownerOf(there: readonly DnsRecord[]): Owner | undefined {
  const found = textsOf(there).map((words) => OWNER.exec(words));
  const [, installation, ends] = found.find((each) => each !== null) ?? [];
  return installation === undefined ? undefined : { installation, ...(ends !== undefined && { endsBy: Number(ends) * 1000 }) };
}

/** The host of a machine's record; of other names of the zone nothing. */
function hostIn(name: string, domain: string): string | undefined {
  const host = name.replace(/^(\*|_acme-challenge)\./, "").replace(/\.$/, "");
  const label = host.endsWith(`.${domain}`) ? host.slice(0, -domain.length - 1) : "";
  return MACHINE_LABEL.test(label) ? host : undefined;
}

/** A part of them is told, too: it has to be taken away, and pointing it again completes it. */
function foundOf(host: string, there: readonly DnsRecord[]): FoundName | undefined {
  const [addresses, owner] = [there.filter(isAddress).map(addressOf), ownerOf(there)];
  if (addresses.length === 0 && !owner) return undefined;
  const ip = addresses[0] ?? "";
  const isWhole = owner !== undefined && addresses.length === 2 && addresses.every((address) => address === ip);
  const found = { host, ip, ...(owner?.endsBy !== undefined && { endsBy: owner.endsBy }) };
  return isWhole ? { ...found, status: "running" } : { ...found, status: "broken", detail: "its records don't agree" };
}
