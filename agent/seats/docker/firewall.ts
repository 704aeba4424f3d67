import { readFile, writeFile } from "node:fs/promises";
import { onHost, tryOnHost } from "./host.ts";
import { bridgePrefix, machineHash } from "./names.ts";
import type { Outbound } from "./settings.ts";

/** Where no seat ever may go. */
const NEVER = [
  // Link-local: every cloud's metadata, with its credentials.
  "169.254.0.0/16",
  "0.0.0.0/8",
  "127.0.0.0/8",
  "224.0.0.0/3",
];
/** Neighbours: the machine's network, other machines. */
const PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15"];

/** New connections of one seat each second: an `npm install` makes 50; the machine's table of connections is everybody's. */
const NEW_PER_SECOND = 200;
const NEW_AT_ONCE = 1000;
/** Open TCP connections of one seat: a browser with thirty tabs has 200. */
const OPEN_AT_ONCE = 2000;
/** More of one hook than anybody would make by mistake. */
const HOOKS_LIMIT = 16;

export interface Firewall {
  machine: string;
  /** Addresses of all seats of this computer, whosever. */
  subnets: string;
  /** Those of this machine's seats, as CIDR. */
  block: string;
  outbound: Outbound;
  allow: readonly string[];
  /** Addresses that names of a list turned out to have. */
  admitted: readonly string[];
}

export const chainOf = (machine: string): string => `CT-${machineHash(machine)}`;
const namesChainOf = (machine: string): string => `${chainOf(machine)}-N`;

/**
 * Where packets meet the machine's chain of each table. They are judged before routing, which covers the machine itself and everything
 * behind it, in a table that Docker and most firewalls never touch, so that nobody's rule comes first; without state, so that every
 * packet is judged. The other two make the way that Docker makes for its own networks.
 */
const HOOKS = { mangle: "PREROUTING", filter: "FORWARD", nat: "POSTROUTING" } as const;
type Table = keyof typeof HOOKS;
const TABLES = Object.keys(HOOKS) as Table[];

interface Chain {
  table: Table;
  name: string;
  rules: string[];
}

/** Every chain of the machine's; pure. */
export function chainsOf(wall: Firewall): Chain[] {
  const name = chainOf(wall.machine);
  const bridges = bridgesOf(wall.machine);
  const filter = [
    `-o ${bridges} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    // Nobody calls a seat but its agent, and that goes another way.
    `-o ${bridges} -j DROP`,
    `-i ${bridges} -j ACCEPT`,
  ];
  // Not by RETURN: that would go on to the DROP behind the list.
  const names = wall.admitted.map((address) => `-d ${address}/32 -j ACCEPT`);
  return [
    ...(wall.outbound.policy === "names" ? [{ table: "mangle" as const, name: namesChainOf(wall.machine), rules: names }] : []),
    { table: "mangle", name, rules: judging(wall) },
    { table: "filter", name, rules: filter },
    { table: "nat", name, rules: [`-s ${wall.block} -j MASQUERADE`] },
  ];
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

/** In place when this returns; repeating it changes nothing. Not twice at once: see wall.ts. */
export async function raiseFirewall(wall: Firewall): Promise<void> {
  await forward();
  await onHost(DOING, ["iptables-restore", "-w", "--noflush"], restoring(chainsOf(wall)));
  for (const hook of hooksOf(wall.machine)) if (!(await isThere(hook))) await onHost(DOING, argvOf("-I", hook));
  if (await hasIPv6()) {
    const hook = hook6(wall.machine);
    if (!(await isThere(hook))) await onHost(DOING, argvOf("-I", hook));
  }
}

const DOING = "set the seats' firewall";

/** True when every hook and rule is there as it should be. */
export async function firewallStands(wall: Firewall): Promise<boolean> {
  const hooks = [...hooksOf(wall.machine), ...((await hasIPv6()) ? [hook6(wall.machine)] : [])];
  for (const hook of hooks) if (!(await isThere(hook))) return false;
  for (const { table, name, rules } of chainsOf(wall)) if ((await rulesIn(table, name)).length !== rules.length) return false;
  return true;
}

/** Everything of this machine's in iptables goes; nothing there is fine. */
export async function removeFirewall(machine: string): Promise<void> {
  for (const hook of [...hooksOf(machine), hook6(machine)]) {
    // Whoever put it there twice: a chain that something leads to can't be removed.
    for (let turn = 0; turn < HOOKS_LIMIT && (await tryOnHost(argvOf("-D", hook))).code === 0; turn++);
  }
  for (const table of TABLES) {
    for (const chain of [chainOf(machine), namesChainOf(machine)]) {
      await tryOnHost(iptables(table, "-F", chain));
      await tryOnHost(iptables(table, "-X", chain));
    }
  }
}

/** Addresses that an agent before this one let seats reach. */
export async function admittedIn(machine: string): Promise<string[]> {
  const rules = await rulesIn("mangle", namesChainOf(machine));
  return rules.flatMap((rule) => / -d (\S+)\/32 /.exec(rule)?.[1] ?? []);
}

/** Lets seats reach this address from now on. */
export async function admit(machine: string, address: string): Promise<void> {
  await onHost(
    `let seats reach ${address}`,
    iptables("mangle", "-A", namesChainOf(machine), "-d", `${address}/32`, "-j", "ACCEPT"),
  );
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
  await onHost(DOING, iptables("filter", "-P", "FORWARD", "DROP"));
  await writeFile(FORWARDING, "1");
}

const FORWARDING = "/proc/sys/net/ipv4/ip_forward";

interface Hook {
  program: "iptables" | "ip6tables";
  table: Table;
  rule: string[];
}

/** Only what comes out of seats is judged; the way there is asked of every packet, and says nothing of others'. */
const hooksOf = (machine: string): Hook[] =>
  TABLES.map((table) => {
    const from = table === "mangle" ? ["-i", bridgesOf(machine)] : [];
    return { program: "iptables", table, rule: [...from, "-j", chainOf(machine)] };
  });

/** Seats have no IPv6; the bridge's own link-local address answers all the same. */
const hook6 = (machine: string): Hook => ({
  program: "ip6tables",
  table: "mangle",
  rule: ["-i", bridgesOf(machine), "-j", "DROP"],
});

const argvOf = (verb: "-I" | "-C" | "-D", { program, table, rule }: Hook): string[] => [
  ...[program, "-w", "-t", table, verb, HOOKS[table]],
  ...rule,
];

const isThere = async (hook: Hook): Promise<boolean> => (await tryOnHost(argvOf("-C", hook))).code === 0;

const bridgesOf = (machine: string): string => `${bridgePrefix(machine)}+`;

const iptables = (table: Table, ...rest: string[]): string[] => ["iptables", "-w", "-t", table, ...rest];

async function rulesIn(table: Table, chain: string): Promise<string[]> {
  const { stdout } = await tryOnHost(iptables(table, "-S", chain));
  return stdout.split("\n").filter((line) => line.startsWith("-A"));
}

export const hasIPv6 = (): Promise<boolean> => Bun.file("/proc/net/if_inet6").exists();
