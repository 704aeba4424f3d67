import { readFile, writeFile } from "node:fs/promises";
import { onHost, tryOnHost } from "./host.ts";
import { bridgePrefix, machineHash } from "./names.ts";
import type { Outbound } from "./settings.ts";

/**
 * One hook for all that comes out of seats, in `mangle PREROUTING`: before routing, so it covers the machine itself and everything behind it,
 * and in a table that Docker and most firewalls never touch, so nobody's rule comes first. No state: every packet is judged.
 */
const NEVER = [
  // Link-local: every cloud's metadata, with its credentials.
  "169.254.0.0/16",
  "0.0.0.0/8",
  "127.0.0.0/8",
  "224.0.0.0/3",
];
/** Neighbours: other seats, the machine's network, other machines. */
const PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15"];

/** New connections of one seat each second: an `npm install` makes 50; the machine's table of connections is everybody's. */
const NEW_PER_SECOND = 200;
const NEW_AT_ONCE = 1000;
/** Open TCP connections of one seat: a browser with thirty tabs has 200. */
const OPEN_AT_ONCE = 2000;

export interface Firewall {
  machine: string;
  /** Addresses of all seats of this computer, whosever. */
  subnets: string;
  /** Those of this machine's seats, as CIDR. */
  block: string;
  outbound: Outbound;
  allow: readonly string[];
}

export const chainOf = (machine: string): string => `CT-${machineHash(machine)}`;
/** Addresses of the allowed names, added as they are looked up. */
export const namesChainOf = (machine: string): string => `${chainOf(machine)}-N`;

/** Where packets meet the machine's chain of each table. Judged in the first; the others make the way that Docker makes for its own networks. */
const HOOKS = { mangle: "PREROUTING", filter: "FORWARD", nat: "POSTROUTING" } as const;
type Table = keyof typeof HOOKS;
const TABLES = Object.keys(HOOKS) as Table[];

/** The machine's chain in each table, without its hook. */
export function rulesOf(wall: Firewall): Record<Table, string[]> {
  const bridges = bridgesIn(wall);
  return {
    mangle: judging(wall),
    filter: [
      `-o ${bridges} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
      // Nobody calls a seat but its agent, and that goes another way.
      `-o ${bridges} -j DROP`,
      `-i ${bridges} -j ACCEPT`,
    ],
    nat: [`-s ${wall.block} -j MASQUERADE`],
  };
}

function judging({ machine, subnets, outbound, allow }: Firewall): string[] {
  const last = { open: ["RETURN"], none: ["DROP"], names: [namesChainOf(machine), "DROP"] }[outbound.policy];
  const nets = (list: readonly string[], target: string) => list.map((net) => `-d ${net} -j ${target}`);
  return [
    ...nets([...NEVER, subnets], "DROP"),
    // The machine's own addresses, whichever they are: agent, gateway, Docker, ssh.
    "-m addrtype --dst-type LOCAL -j DROP",
    "-m addrtype --dst-type BROADCAST -j DROP",
    `-m conntrack --ctstate NEW -m hashlimit --hashlimit-above ${NEW_PER_SECOND}/sec --hashlimit-burst ${NEW_AT_ONCE} --hashlimit-mode srcip --hashlimit-name ${chainOf(machine)} -j DROP`,
    `-p tcp --syn -m connlimit --connlimit-above ${OPEN_AT_ONCE} --connlimit-mask 32 -j DROP`,
    ...(outbound.policy === "none" ? [] : nets(allow, "RETURN")),
    ...nets(PRIVATE, "DROP"),
    ...last.map((target) => `-j ${target}`),
  ];
}

/** In place when this returns; repeating it changes nothing. To be called before a seat starts and after Docker did. */
export async function raiseFirewall(wall: Firewall): Promise<void> {
  await forward();
  const names = namesChainOf(wall.machine);
  if (wall.outbound.policy === "names" && !(await chainExists(names)))
    await onHost(`make the chain "${names}"`, iptables("mangle", "-N", names));
  await onHost(DOING, ["iptables-restore", "-w", "--noflush"], restoring(wall));
  for (const table of TABLES) {
    if (!(await isHooked(table, wall))) await onHost(DOING, iptables(table, "-I", HOOKS[table], "1", ...hookOf(table, wall)));
  }
  await closeIPv6(wall);
}

const DOING = "set the seats' firewall";

/** True when every hook and rule is there as it should be. */
export async function firewallStands(wall: Firewall): Promise<boolean> {
  for (const [table, rules] of Object.entries(rulesOf(wall)) as [Table, string[]][]) {
    if (!(await isHooked(table, wall))) return false;
    const listed = await tryOnHost(iptables(table, "-S", chainOf(wall.machine)));
    if (listed.stdout.split("\n").filter((line) => line.startsWith("-A")).length !== rules.length) return false;
  }
  return true;
}

/** Everything of this machine's in iptables goes; nothing there is fine. */
export async function removeFirewall(machine: string): Promise<void> {
  for (const table of TABLES) {
    await tryOnHost(iptables(table, "-D", HOOKS[table], ...hookOf(table, { machine })));
    for (const chain of [chainOf(machine), namesChainOf(machine)]) {
      await tryOnHost(iptables(table, "-F", chain));
      await tryOnHost(iptables(table, "-X", chain));
    }
  }
  await tryOnHost([...IP6, "-D", "PREROUTING", "-i", bridgesIn({ machine }), "-j", "DROP"]);
}

/** As `iptables-restore --noflush` takes it: chains are replaced whole, in one step a table. That of names is made, never emptied. */
function restoring(wall: Firewall): string {
  const chain = chainOf(wall.machine);
  const rules = Object.entries(rulesOf(wall));
  return rules
    .map(([table, lines]) =>
      [`*${table}`, `:${chain} - [0:0]`, ...lines.map((line) => `-A ${chain} ${line}`), "COMMIT\n"].join("\n"),
    )
    .join("");
}

/** A computer that passes nothing on passes seats' packets on from now on, and still nobody else's. */
async function forward(): Promise<void> {
  if ((await readFile(FORWARDING, "utf8")).trim() === "1") return;
  await onHost(DOING, iptables("filter", "-P", "FORWARD", "DROP"));
  await writeFile(FORWARDING, "1");
}

const FORWARDING = "/proc/sys/net/ipv4/ip_forward";

/** Seats have no IPv6; the bridge's own link-local address answers all the same. */
async function closeIPv6(wall: Firewall): Promise<void> {
  if (!(await hasIPv6())) return;
  const rule = ["PREROUTING", "-i", bridgesIn(wall), "-j", "DROP"];
  if ((await tryOnHost([...IP6, "-C", ...rule])).code !== 0) await onHost(DOING, [...IP6, "-A", ...rule]);
}

/** Lets seats reach this address from now on (policy `names`). Not by RETURN: that would go on to the DROP behind the list. */
export async function admit(machine: string, address: string): Promise<void> {
  const rule = [namesChainOf(machine), "-d", `${address}/32`, "-j", "ACCEPT"];
  const there = await tryOnHost(iptables("mangle", "-C", ...rule));
  if (there.code !== 0) await onHost(`let seats reach ${address}`, iptables("mangle", "-A", ...rule));
}

const isHooked = async (table: Table, wall: Firewall): Promise<boolean> =>
  (await tryOnHost(iptables(table, "-C", HOOKS[table], ...hookOf(table, wall)))).code === 0;

/** Only what comes out of seats is judged; the way there is asked for all, and says nothing of others. */
const hookOf = (table: Table, { machine }: Pick<Firewall, "machine">): string[] => [
  ...(table === "mangle" ? ["-i", bridgesIn({ machine })] : []),
  ...["-j", chainOf(machine)],
];

const bridgesIn = ({ machine }: Pick<Firewall, "machine">): string => `${bridgePrefix(machine)}+`;

const iptables = (table: Table, ...rest: string[]): string[] => ["iptables", "-w", "-t", table, ...rest];
const IP6 = ["ip6tables", "-w", "-t", "mangle"];

const chainExists = async (chain: string): Promise<boolean> => (await tryOnHost(iptables("mangle", "-S", chain))).code === 0;

export const hasIPv6 = (): Promise<boolean> => Bun.file("/proc/net/if_inet6").exists();
