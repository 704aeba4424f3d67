import type { promises as dns } from "node:dns";
import { ask } from "../calls.ts";
import type { Clients } from "../clients.ts";
import type { GoogleSettings } from "../settings.ts";
import { green, red, type Seen, unknown } from "./finding.ts";

interface ZoneFacts {
  dnsName?: string;
  nameServers?: string[];
}

const factsOf = async ({ zone }: Clients, signal: AbortSignal): Promise<ZoneFacts> =>
  (await ask("read the DNS zone", () => zone.getMetadata(), { signal }))[0] as ZoneFacts;

/** Whether the zone has the domain in it. */
export async function zone({ dnsZone, domain }: GoogleSettings, clients: Clients, signal: AbortSignal): Promise<Seen> {
  const { dnsName = "" } = await factsOf(clients, signal);
  const within = `${domain}.` === dnsName || `${domain}.`.endsWith(`.${dnsName}`);
  if (within) return green(`The zone ${dnsZone} holds ${dnsName}`);
  return red(`The zone ${dnsZone} holds ${dnsName} and not ${domain}: name another zone, or another domain.`);
}

/** Whether the world asks Google's name servers for the domain. @param resolver undefined: nobody in the world can know */
export async function delegation(
  { domain }: GoogleSettings,
  clients: Clients,
  resolver: dns.Resolver | undefined,
  signal: AbortSignal,
): Promise<Seen> {
  if (!resolver) return unknown("The world knows nothing of an emulator's names.");
  const { dnsName = "", nameServers = [] } = await factsOf(clients, signal);
  const name = dnsName.replace(/\.$/, "") || domain;
  const told = await resolver.resolveNs(name).catch((error: NodeJS.ErrnoException) => error);
  const next = `Where the domain above it is kept, make NS records of ${name}: ${nameServers.join(" ")}`;
  if (told instanceof Error) {
    const isMissing = told.code === "ENOTFOUND" || told.code === "ENODATA";
    return isMissing
      ? red(`Nobody knows ${name}. ${next}`)
      : unknown(`The name servers of ${name} could not be asked (${told.code}).`);
  }
  const asked = told.map((server) => `${server.replace(/\.$/, "").toLowerCase()}.`);
  if (asked.some((server) => nameServers.includes(server))) return green(`The world asks ${asked.join(" ")} for ${name}`);
  return red(`The world asks ${asked.join(" ")} for ${name}. ${next}`);
}
