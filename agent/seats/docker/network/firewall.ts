import { readFile, writeFile } from "node:fs/promises";
import { onHost, tryOnHost } from "../host-programs.ts";
import type { Outbound } from "../settings.ts";
import {
  admitting,
  type Chain,
  chainNamesOf,
  chainOf,
  chainsOf,
  type Firewall,
  type Hook,
  hooksOf,
  listOf,
  namesChainOf,
  OURS,
  TABLES,
} from "./firewall-rules.ts";

const DOING = "set the seats' firewall";
/** More of one hook than anybody would make by mistake. */
const HOOKS_LIMIT = 16;

/** In place when this returns; repeating it changes nothing. Not twice at once: see wall.ts. */
export async function raiseFirewall(wall: Firewall): Promise<void> {
  await forward();
  await onHost(DOING, ["iptables-restore", "-w", "--noflush"], restoring(chainsOf(wall)));
  const now = await look();
  for (const hook of await hooksHere(wall.machine)) if (!isInPlace(hook, now)) await putInPlace(hook, now);
}

/** Of a hook that is gone, or that something of others' stands before. */
export const OUT_OF_PLACE = "out of place";

/**
 * All of this machine's in the kernel's own words, to be compared with what it said when it was raised: the chains, and whether nothing of
 * anybody else's stands before their hooks.
 */
export async function firewallNow(machine: string): Promise<string> {
  const now = await look();
  const hooks = (await hooksHere(machine)).map((hook) => `${lineOf(hook)} ${isInPlace(hook, now) ? "in place" : OUT_OF_PLACE}`);
  return [...hooks, ...rulesOf(machine, now)].join("\n");
}

/** Everything of this machine's in iptables goes; nothing there is fine. */
export async function removeFirewall(machine: string): Promise<void> {
  for (const hook of hooksOf(machine)) {
    // Whoever put it there twice: a chain that something leads to can't be removed.
    for (let turn = 0; turn < HOOKS_LIMIT && (await tryOnHost(removing(hook))).code === 0; turn++);
  }
  for (const table of TABLES) {
    for (const chain of chainNamesOf(machine)) {
      await tryOnHost(["iptables", "-w", "-t", table, "-F", chain]);
      await tryOnHost(["iptables", "-w", "-t", table, "-X", chain]);
    }
  }
}

/** Addresses that an agent before this one let seats reach, by the same list of names. */
export async function admittedIn(machine: string, outbound: Outbound): Promise<string[]> {
  const own = rulesOf(machine, await look()).filter((rule) => rule.includes(` ${listOf(outbound)} `));
  return own.flatMap((rule) => / -d (\S+)\/32 /.exec(rule)?.[1] ?? []);
}

/** Lets seats reach this address from now on. */
export async function admit(machine: string, address: string, outbound: Outbound): Promise<void> {
  const rule = admitting(address, outbound);
  await onHost(`let seats reach ${address}`, ["iptables", "-w", "-t", "mangle", "-A", namesChainOf(machine), ...rule]);
}

/** As `iptables-restore --noflush` takes it: each chain is replaced whole, in one step a table. */
function restoring(chains: readonly Chain[]): string {
  const lines = TABLES.flatMap((table) => {
    const own = chains.filter((chain) => chain.table === table);
    const rules = own.flatMap(({ name, rules }) => rules.map((rule) => `-A ${name} ${rule}`));
    return [`*${table}`, ...own.map(({ name }) => `:${name} - [0:0]`), ...rules, "COMMIT"];
  });
  return `${lines.join("\n")}\n`;
}

/** A computer that passes nothing on passes seats' packets on from now on, and still nobody else's. */
async function forward(): Promise<void> {
  if ((await readFile(FORWARDING, "utf8")).trim() === "1") return;
  await onHost(DOING, ["iptables", "-w", "-P", "FORWARD", "DROP"]);
  await writeFile(FORWARDING, "1");
}

const FORWARDING = "/proc/sys/net/ipv4/ip_forward";

/** Rules of every table, by version: `4 mangle` → `-A PREROUTING …`. */
type Rules = ReadonlyMap<string, readonly string[]>;

async function look(): Promise<Rules> {
  const rules = new Map<string, string[]>();
  for (const [version, program] of [
    [4, "iptables-save"],
    [6, "ip6tables-save"],
  ] as const) {
    let table = "";
    for (const line of (await tryOnHost([program])).stdout.split("\n")) {
      if (line.startsWith("*")) table = `${version} ${line.slice(1)}`;
      if (line.startsWith("-A ")) rules.set(table, [...(rules.get(table) ?? []), line.trimEnd()]);
    }
  }
  return rules;
}

const rulesOf = (machine: string, now: Rules): string[] =>
  [...now.values()].flat().filter((line) => line.startsWith(`-A ${chainOf(machine)}`));

/** There, and nothing before it but hooks like it. */
function isInPlace(hook: Hook, now: Rules): boolean {
  const rules = placeOf(hook, now);
  const at = rules.indexOf(lineOf(hook));
  return at >= 0 && rules.slice(0, at).every((rule) => OURS.test(rule));
}

const placeOf = ({ version, table, chain }: Hook, now: Rules): string[] =>
  (now.get(`${version} ${table}`) ?? []).filter((rule) => rule.startsWith(`-A ${chain} `));

/**
 * To the front, and away from wherever it stood, in one step: never none. By what the rule says: by its number it could be a rule of another
 * machine's, or of Docker's, which puts its own in at the same moment.
 */
async function putInPlace(hook: Hook, now: Rules): Promise<void> {
  const rule = `${hook.chain} ${hook.rule.join(" ")}`;
  const away = placeOf(hook, now)
    .filter((line) => line === lineOf(hook))
    .map(() => `-D ${rule}`);
  const lines = [`*${hook.table}`, ...away, `-I ${rule}`, "COMMIT"];
  await onHost(
    DOING,
    [hook.version === 4 ? "iptables-restore" : "ip6tables-restore", "-w", "--noflush"],
    `${lines.join("\n")}\n`,
  );
}

const lineOf = ({ chain, rule }: Hook): string => `-A ${chain} ${rule.join(" ")}`;
const removing = ({ version, table, chain, rule }: Hook): string[] => [
  ...[version === 4 ? "iptables" : "ip6tables", "-w", "-t", table, "-D", chain, ...rule],
];

const hooksHere = async (machine: string): Promise<Hook[]> => {
  const ipv6 = await hasIPv6();
  return hooksOf(machine).filter(({ version }) => version === 4 || ipv6);
};

export const hasIPv6 = (): Promise<boolean> => Bun.file("/proc/net/if_inet6").exists();
