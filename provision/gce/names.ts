import type { Record as DnsRecord, Zone } from "@google-cloud/dns";
import type { CallOptions, FoundName, Names } from "../cloud.ts";
import { ask, pause } from "./calls.ts";
import type { Clients } from "./clients.ts";
import { GoogleProblem } from "./problems.ts";
import type { GoogleSettings } from "./settings.ts";

/** Seconds that others may remember an address: a machine that is made again has another one. */
const TTL = 60;
/** Google's name servers know a change after some seconds. */
const CHANGE_LOOK_MS = 500;
/** Others may change the same names: read again, change again. */
const CHANGES_MOST = 5;
/** Names of machines below the domain: `ws-abc123`, `ws-abc123-2`. */
const MACHINE_LABEL = /^ws-[a-z0-9]{6}(-[1-9][0-9]?)?$/;

/** Each machine has two A records, its name and all names below it, changed together. */
export function openNames({ domain }: Pick<GoogleSettings, "domain">, { zone }: Pick<Clients, "zone">): Names {
  async function point(host: string, ip: string, options: CallOptions = {}): Promise<void> {
    const what = `point ${host} at ${ip}`;
    await changed(what, options, async () => {
      const there = await recordsOf(host, options);
      if (there.length === 2 && there.every((record) => addressOf(record) === ip)) return undefined;
      return { add: bothOf(host).map((name) => newRecord(zone, name, ip)), ...(there.length > 0 && { delete: there }) };
    });
  }

  async function remove(host: string, options: CallOptions = {}): Promise<void> {
    await changed(`take away ${host}`, options, async () => {
      const there = await recordsOf(host, options);
      return there.length > 0 ? { delete: there } : undefined;
    });
  }

  /** @param wish looks and says what is to be changed; undefined: nothing */
  async function changed(what: string, options: CallOptions, wish: () => Promise<object | undefined>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const change = await wish();
      if (!change) return;
      const send = () => zone.createChange(change as Parameters<Zone["createChange"]>[0]);
      try {
        return await done(what, (await ask(what, send, options))[1], options);
      } catch (error) {
        // Somebody was faster: perhaps our own first attempt, whose answer was lost.
        const isOld = error instanceof GoogleProblem && [404, 409, 412].includes(error.http);
        if (!isOld || attempt === CHANGES_MOST) throw error;
      }
    }
  }

  async function done(what: string, first: Change, options: CallOptions): Promise<void> {
    const { id = "" } = first;
    for (let { status } = first; status !== "done"; ) {
      await pause(CHANGE_LOOK_MS, options.signal);
      ({ status } = (await ask(what, () => zone.change(id).getMetadata(), options))[0] as Change);
    }
  }

  async function recordsOf(host: string, options: CallOptions): Promise<DnsRecord[]> {
    const found = await Promise.all(bothOf(host).map((name) => records({ name, type: "A" }, options)));
    return found.flat();
  }

  async function records(query: object, options: CallOptions): Promise<DnsRecord[]> {
    return (
      await ask(`read the names of ${domain}`, () => zone.getRecords(query as Parameters<Zone["getRecords"]>[0]), options)
    )[0];
  }

  return {
    create: point,
    remove,
    find: async (host, options = {}) => foundOf(host, await recordsOf(host, options)),
    list: async (options = {}) => {
      const all = await records({}, options);
      const hosts = new Set(all.flatMap((record) => hostIn(nameOf(record), domain) ?? []));
      return [...hosts].flatMap(
        (host) =>
          foundOf(
            host,
            all.filter((record) => bothOf(host).includes(nameOf(record))),
          ) ?? [],
      );
    },
  };
}

interface Change {
  id?: string;
  status?: string;
}

const bothOf = (host: string) => [`${host}.`, `*.${host}.`];
const newRecord = (zone: Zone, name: string, ip: string) => zone.record("a", { name, ttl: TTL, data: [ip] });
const nameOf = (record: DnsRecord): string => (record.metadata as { name?: string }).name ?? "";
const addressOf = (record: DnsRecord): string | undefined => {
  const data = record.data as string | string[] | undefined;
  return Array.isArray(data) ? data[0] : data;
};

/** The host of a machine's record; of other names of the zone nothing. */
function hostIn(name: string, domain: string): string | undefined {
  const host = name.replace(/^\*\./, "").replace(/\.$/, "");
  const label = host.endsWith(`.${domain}`) ? host.slice(0, -domain.length - 1) : "";
  return MACHINE_LABEL.test(label) ? host : undefined;
}

/** Half of a pair is told, too: it has to be taken away, and pointing it again completes it. */
function foundOf(host: string, there: readonly DnsRecord[]): FoundName | undefined {
  const [first] = there;
  if (!first) return undefined;
  const ip = addressOf(first) ?? "";
  const whole = there.length === 2 && there.every((record) => addressOf(record) === ip);
  return { host, ip, status: whole ? "running" : "broken", ...(!whole && { detail: `its two records don't agree` }) };
}
