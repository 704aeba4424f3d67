import { bridgePrefix, cablePrefix, machineHash } from "../names.ts";
import type { Outbound } from "../settings.ts";
import { PRIVATE } from "./addresses.ts";
import { answering, called, leading, type OpenPort } from "./media-rules.ts";

/** Where no seat ever may go, whatever is allowed. IPv6 needs no list: seats have none, and the hooks below drop all of it. */
const NEVER = [
  // Link-local: metadata of most clouds, with its credentials.
  "169.254.0.0/16",
  // Azure's and Alibaba's, at addresses that look like anybody's; Oracle's old one is 192.0.0.192, among addresses for protocols (RFC 6890).
  "168.63.129.16/32",
  "100.100.100.200/32",
  "192.0.0.0/24",
  "0.0.0.0/8",
  "127.0.0.0/8",
  "224.0.0.0/3",
];
/** Bridges of Docker's own networks, as it names them: other containers of the machine. */
const DOCKERS = ["docker+", "br-+"];

/** Connections of one seat that the machine's kernel tracks and that aren't closed, of whatever protocol: a browser with thirty tabs has 200. */
const OPEN_AT_ONCE = 1000;
/**
 * New ones of one seat: so many at once (an `npm install` makes 50 each second for some seconds), then so many each second. Closed ones are
 * tracked for up to 120 s more, so that a seat never has more than 1000 open + 1000 long open and just closed + 1000 + 120 × 20: some 5,400 of
 * the 65,536 that the kernel tracks on its smallest machines.
 */
const NEW_AT_ONCE = 1000;
const NEW_PER_SECOND = 20;
/** As long as the allowance takes to come back: forgotten sooner, it would be whole again after a pause of a second. */
const REMEMBERED_MS = 60_000;

/**
 * Bytes that one seat, or a builder, may send each second for ever, and so many more at once: what leaves a cloud costs money, and a seat that
 * sends all it can for a day would send 10 TB. 1 MB/s is what a good line at home sends; the kernel's answers to a download take it up at some
 * 50 MB/s only. A project that is pushed, or a video, goes at once. So a class of ten that does nothing else for 8 hours sends 300 GB.
 */
const SENT_PER_SECOND = "1mb/s";
const SENT_AT_ONCE = "200mb";

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
  /** Ports of seats that strangers may call now. */
  open: readonly OpenPort[];
}

/**
 * Where packets meet the machine's chain of each table. They are judged before routing, which covers the machine itself and everything
 * behind it, in a table that Docker and most firewalls never touch; without state, so that every packet is judged. The other two make
 * the way that Docker makes for its own networks.
 */
const PLACES = { mangle: "PREROUTING", filter: "FORWARD", nat: "POSTROUTING" } as const;
export type Table = keyof typeof PLACES;
export const TABLES = Object.keys(PLACES) as Table[];

export interface Chain {
  table: Table;
  name: string;
  rules: string[];
}

export const chainOf = (machine: string): string => `CT-${machineHash(machine)}`;
export const namesChainOf = (machine: string): string => `${chainOf(machine)}-N`;
/** Of the table nat, where calls come in. */
const mediaChainOf = (machine: string): string => `${chainOf(machine)}-M`;
/** All that a machine may have, in whatever table. */
export const chainNamesOf = (machine: string): string[] => [chainOf(machine), namesChainOf(machine), mediaChainOf(machine)];

/** Every chain of the machine's. */
export function chainsOf(wall: Firewall): Chain[] {
  const name = chainOf(wall.machine);
  const names = wall.admitted.map((address) => admitting(address, wall.outbound).join(" "));
  return [
    ...(wall.outbound.policy === "names" ? [{ table: "mangle" as const, name: namesChainOf(wall.machine), rules: names }] : []),
    { table: "mangle", name, rules: judging(wall) },
    { table: "filter", name, rules: passing(wall) },
    { table: "nat", name, rules: [`-s ${wall.block} -j MASQUERADE`] },
    { table: "nat", name: mediaChainOf(wall.machine), rules: leading(wall.open) },
  ];
}

/** Not by RETURN: that would go on to the DROP behind the list. It says of which list it is: one that is changed begins anew. */
export const admitting = (address: string, outbound: Outbound): string[] => [
  ...["-d", `${address}/32`, "-m", "comment", "--comment", listOf(outbound)],
  ...["-j", "ACCEPT"],
];

export const listOf = (outbound: Outbound): string => `ct${machineHash(JSON.stringify(outbound))}`;

function judging({ machine, subnets, outbound, allow, open }: Firewall): string[] {
  const last = { open: ["RETURN"], none: ["DROP"], names: [namesChainOf(machine), "DROP"] }[outbound.policy];
  const nets = (list: readonly string[], target: string) => list.map((net) => `-d ${net} -j ${target}`);
  return [
    ...nets([...NEVER, subnets], "DROP"),
    `-m conntrack --ctstate NEW -m connlimit --connlimit-above ${OPEN_AT_ONCE} --connlimit-mask 32 -j DROP`,
    `-m conntrack --ctstate NEW -m hashlimit --hashlimit-above ${NEW_PER_SECOND}/sec --hashlimit-burst ${NEW_AT_ONCE} --hashlimit-mode srcip --hashlimit-name ${chainOf(machine)}-new --hashlimit-htable-expire ${REMEMBERED_MS} -j DROP`,
    // By the kernel's way of counting bytes, what was sent at once comes back whole after a minute in which nothing is sent.
    `-m hashlimit --hashlimit-above ${SENT_PER_SECOND} --hashlimit-burst ${SENT_AT_ONCE} --hashlimit-mode srcip --hashlimit-name ${chainOf(machine)}-bytes --hashlimit-htable-expire ${REMEMBERED_MS} -j DROP`,
    // Also to somebody in a private network, as whole classes are, and on the machine itself.
    ...answering(open),
    // The machine's own addresses, whichever they are: agent, gateway, Docker, ssh.
    "-m addrtype --dst-type LOCAL -j DROP",
    "-m addrtype --dst-type BROADCAST -j DROP",
    ...(outbound.policy === "none" ? [] : nets(allow, "RETURN")),
    ...nets(PRIVATE, "DROP"),
    ...last.map((target) => `-j ${target}`),
  ];
}

function passing({ machine, block, open }: Firewall): string[] {
  const bridges = bridgesOf(machine);
  return [
    // A neighbour of the machine with a seat's address; answered, he would be let in as if the seat had called him.
    `-s ${block} ! -i ${bridges} -j DROP`,
    ...called(machine, chainOf(machine), open),
    `-o ${bridges} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    // Nobody else calls a seat but its agent, and that goes another way.
    `-o ${bridges} -j DROP`,
    ...DOCKERS.map((others) => `-i ${bridges} -o ${others} -j DROP`),
    `-i ${bridges} -j ACCEPT`,
  ];
}

export interface Hook {
  version: 4 | 6;
  table: Table;
  /** The kernel's own chain. */
  chain: string;
  rule: string[];
}

/** What leads to the machine's chains. Only what comes out of seats is judged; the way there is asked of every packet, and says nothing of others'. */
export function hooksOf(machine: string): Hook[] {
  const jump = ["-j", chainOf(machine)];
  const [bridges, cables] = [
    ["-i", bridgesOf(machine)],
    // A cable that somebody took out of its bridge.
    ["-i", `${cablePrefix(machine)}+`],
  ];
  const hook = (version: 4 | 6, table: Table, ...rule: string[]): Hook => ({ version, table, chain: PLACES[table], rule });
  const calls = ["-m", "addrtype", "--dst-type", "LOCAL", "-j", mediaChainOf(machine)];
  return [
    hook(4, "mangle", ...bridges, ...jump),
    hook(4, "mangle", ...cables, "-j", "DROP"),
    hook(4, "filter", ...jump),
    hook(4, "nat", ...jump),
    // From elsewhere, and from a browser on this computer.
    ...["PREROUTING", "OUTPUT"].map((chain): Hook => ({ version: 4, table: "nat", chain, rule: calls })),
    // Seats have no IPv6; the bridge's own link-local address answers all the same.
    hook(6, "mangle", ...bridges, "-j", "DROP"),
    hook(6, "mangle", ...cables, "-j", "DROP"),
  ];
}

/** Hooks of whatever machine: among themselves they may stand in any order. */
export const OURS =
  /^-A \S+ (?:(?:-i \S+ )?-j CT-[0-9a-f]{6}|-m addrtype --dst-type LOCAL -j CT-[0-9a-f]{6}-M|-i c[tv][0-9a-f]{6}-\+ -j DROP)$/;

const bridgesOf = (machine: string): string => `${bridgePrefix(machine)}+`;
