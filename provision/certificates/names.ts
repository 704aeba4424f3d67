import { Resolver } from "node:dns/promises";
import { networkInterfaces } from "node:os";

/** A name server that is away must not hold the start. */
const RESOLVE_MS = 4000;
/** Any machine's name: they all have to point here. */
const SAMPLE = "ws-sample";

/** What is wrong with the names of a server, as sentences for whoever runs it; none when all is well as far as it can tell. */
export async function namesProblems(
  domain: string,
  lookup: (name: string) => Promise<string[]> = addressesOf,
): Promise<string[]> {
  const own = new Set(Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)));
  const names = [
    [domain, domain],
    [`${SAMPLE}.${domain}`, `*.${domain}`],
  ] as const;
  const found = await Promise.all(names.map(async ([name, shown]) => problemOf(shown, await lookup(name), own)));
  return found.flatMap((problem) => problem ?? []);
}

function problemOf(name: string, addresses: string[], own: ReadonlySet<string>): string | undefined {
  if (addresses.length === 0) return `${name} has no address yet: add an A (and AAAA) record that points to this server.`;
  const foreign = addresses.filter((address) => !own.has(address));
  if (foreign.length === 0) return undefined;
  return `${name} points to ${foreign.join(", ")}, which is no address of this computer. That is right only if ports 80 and 443 there lead here.`;
}

/** A and AAAA; empty when there is none or nobody answers. */
async function addressesOf(name: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: RESOLVE_MS, tries: 1 });
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}
