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
  outbound: Outbound;
  allow: readonly string[];
}

export const chainOf = (machine: string): string => `CT-${machineHash(machine)}`;
/** Addresses of the allowed names, added as they are looked up. */
export const namesChainOf = (machine: string): string => `${chainOf(machine)}-N`;

/** The machine's chain as `iptables-restore --noflush` takes it: replaced whole, in one step. The chain of names is made, never emptied. */
export function rulesOf({ machine, outbound, allow }: Firewall): string {
  const chain = chainOf(machine);
  const drop = (match: string) => `-A ${chain} ${match} -j DROP`;
  const last = { open: "RETURN", none: "DROP", names: namesChainOf(machine) }[outbound.policy];
  return [
    "*mangle",
    `:${chain} - [0:0]`,
    ...NEVER.map((net) => drop(`-d ${net}`)),
    // The machine's own addresses, whichever they are: agent, gateway, Docker, ssh.
    drop("-m addrtype --dst-type LOCAL"),
    drop("-m addrtype --dst-type BROADCAST"),
    drop(
      `-m conntrack --ctstate NEW -m hashlimit --hashlimit-above ${NEW_PER_SECOND}/sec --hashlimit-burst ${NEW_AT_ONCE} --hashlimit-mode srcip --hashlimit-name ${chain}`,
    ),
    drop(`-p tcp --syn -m connlimit --connlimit-above ${OPEN_AT_ONCE} --connlimit-mask 32`),
    ...(outbound.policy === "none" ? [] : allow.map((net) => `-A ${chain} -d ${net} -j RETURN`)),
    ...PRIVATE.map((net) => drop(`-d ${net}`)),
    ...(outbound.policy === "names" ? [`-A ${chain} -j ${last}`, `-A ${chain} -j DROP`] : [`-A ${chain} -j ${last}`]),
    "COMMIT",
    "",
  ].join("\n");
}

/** In place when this returns; repeating it changes nothing. To be called before a seat starts and after Docker did. */
export async function raiseFirewall(wall: Firewall): Promise<void> {
  const names = namesChainOf(wall.machine);
  if (wall.outbound.policy === "names" && !(await chainExists("iptables", names))) {
    await onHost(`make the chain "${names}"`, ["iptables", "-w", "-t", "mangle", "-N", names]);
  }
  await onHost("set the seats' firewall", ["iptables-restore", "-w", "--noflush"], rulesOf(wall));
  await hook("iptables", wall.machine, chainOf(wall.machine));
  // Seats have no IPv6; the bridge's own link-local address answers all the same.
  if (await hasIPv6()) await hook("ip6tables", wall.machine, "DROP");
}

/** True when the hook and every rule are there as they should be. */
export async function firewallStands(wall: Firewall): Promise<boolean> {
  if (!(await isHooked("iptables", wall.machine, chainOf(wall.machine)))) return false;
  const listed = await tryOnHost(["iptables", "-w", "-t", "mangle", "-S", chainOf(wall.machine)]);
  const wanted = rulesOf(wall)
    .split("\n")
    .filter((line) => line.startsWith("-A")).length;
  return listed.code === 0 && listed.stdout.split("\n").filter((line) => line.startsWith("-A")).length === wanted;
}

/** Everything of this machine's in iptables goes; nothing there is fine. */
export async function removeFirewall(machine: string): Promise<void> {
  const bridges = `${bridgePrefix(machine)}+`;
  await tryOnHost(["iptables", "-w", "-t", "mangle", "-D", "PREROUTING", "-i", bridges, "-j", chainOf(machine)]);
  await tryOnHost(["ip6tables", "-w", "-t", "mangle", "-D", "PREROUTING", "-i", bridges, "-j", "DROP"]);
  for (const chain of [chainOf(machine), namesChainOf(machine)]) {
    await tryOnHost(["iptables", "-w", "-t", "mangle", "-F", chain]);
    await tryOnHost(["iptables", "-w", "-t", "mangle", "-X", chain]);
  }
}

/** Lets seats reach this address from now on (policy `names`). Not by RETURN: that would go on to the DROP behind the list. */
export async function admit(machine: string, address: string): Promise<void> {
  const rule = [namesChainOf(machine), "-d", `${address}/32`, "-j", "ACCEPT"];
  const there = await tryOnHost(["iptables", "-w", "-t", "mangle", "-C", ...rule]);
  if (there.code !== 0) await onHost(`let seats reach ${address}`, ["iptables", "-w", "-t", "mangle", "-A", ...rule]);
}

async function hook(program: "iptables" | "ip6tables", machine: string, target: string): Promise<void> {
  if (await isHooked(program, machine, target)) return;
  await onHost("set the seats' firewall", [
    program,
    "-w",
    "-t",
    "mangle",
    "-I",
    "PREROUTING",
    "1",
    "-i",
    `${bridgePrefix(machine)}+`,
    "-j",
    target,
  ]);
}

async function isHooked(program: string, machine: string, target: string): Promise<boolean> {
  const rule = ["-i", `${bridgePrefix(machine)}+`, "-j", target];
  return (await tryOnHost([program, "-w", "-t", "mangle", "-C", "PREROUTING", ...rule])).code === 0;
}

const chainExists = async (program: string, chain: string): Promise<boolean> =>
  (await tryOnHost([program, "-w", "-t", "mangle", "-S", chain])).code === 0;

const hasIPv6 = (): Promise<boolean> => Bun.file("/proc/net/if_inet6").exists();
