import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { Problem } from "../../../contract/errors.ts";
import { RELAY_PORT } from "../../../contract/llm.ts";
import { parseSeatName } from "../../../contract/seats.ts";
import { uplinkIn } from "../../kernel-routes.ts";
import { onHost, tryOnHost } from "../host-programs.ts";
import { bridgeOf, bridgePrefix, CDP_PORT, cableOf, NAME_PORT, type Tenant } from "../names.ts";
import { dotted, type Range } from "./addresses.ts";
import { rangeOfTenant } from "./block.ts";

/*
 * A seat's network is a bridge with one cable to the seat, made here and not by Docker: its `create network` and its part of a container's start
 * took 0.4 s a seat, these take 15 ms; and Docker's name server, in every network that Docker makes, asks whomever the machine asks.
 */

const SYS = "/sys/class/net";
const USUAL_MTU = 1500;

/** The tenant's own bridge; being there already is fine. */
export async function makeBridge(machine: string, tenant: Tenant, block: Range): Promise<void> {
  const bridge = bridgeOf(machine, tenant);
  await ip(`make the bridge "${bridge}"`, [
    ...(existsSync(`${SYS}/${bridge}`) ? [] : [`link add ${bridge} type bridge`]),
    `addr replace ${dotted(rangeOfTenant(block, tenant).first + 1)}/30 dev ${bridge}`,
    `link set ${bridge} up`,
  ]);
}

/**
 * Lays the cable from the bridge into a container that has nothing but its localhost; there already is fine.
 * @param namespace the container's network namespace
 */
export async function connectSeat(machine: string, tenant: Tenant, block: Range, namespace: string): Promise<void> {
  const [bridge, cable, mtu] = [bridgeOf(machine, tenant), cableOf(machine, tenant), await uplinkMtu()];
  const { first } = rangeOfTenant(block, tenant);
  if (!existsSync(`${SYS}/${cable}`))
    await ip(`lay a cable to "${bridge}"`, [
      `link add ${cable} mtu ${mtu} type veth peer name eth0 mtu ${mtu} netns ${namespace}`,
    ]);
  // By a program that enters the namespace or ends: this machine has an eth0 of its own.
  await onHost(
    `set the seat's address behind "${bridge}"`,
    ["nsenter", `--net=${namespace}`, ...BATCH],
    linesOf([
      // By its address, so that a seat that is made again has the one that it had.
      `link set eth0 address ${hardwareAddress(first + 2)}`,
      `addr replace ${dotted(first + 2)}/30 dev eth0`,
      "link set eth0 up",
      `route replace default via ${dotted(first + 1)}`,
    ]),
  );
  await limitQuestions(namespace);
  // Last: a cable in its bridge is a seat that is connected.
  await ip(`connect the seat to "${bridge}"`, [`link set ${cable} master ${bridge} up`]);
}

/** `10.0.0.6` → `02:42:0a:00:00:06`, as Docker does it; 02: nobody's but this computer's. */
function hardwareAddress(address: number): string {
  const bytes = [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff);
  return [0x02, 0x42, ...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** The seat's localhost has listeners of the agent's: whoever floods them is stopped by the kernel, in his own time. */
const limitQuestions = (namespace: string): Promise<string> =>
  onHost("limit what a seat may ask of the agent", ["nsenter", `--net=${namespace}`, "iptables-restore", "-w"], LIMITS);

/** A browser opening a page asks for 30 names, an installation of packages for some hundred. */
const QUESTIONS = "-m limit --limit 500/sec --limit-burst 1000";
const CALLS = "-m limit --limit 100/sec --limit-burst 300";
const LISTENERS = `-p tcp --syn -m multiport --dports ${NAME_PORT},${RELAY_PORT},${CDP_PORT}`;
const LIMITS = `*filter
-A INPUT -p udp --dport ${NAME_PORT} ${QUESTIONS} -j ACCEPT
-A INPUT -p udp --dport ${NAME_PORT} -j DROP
-A INPUT ${LISTENERS} ${CALLS} -j ACCEPT
-A INPUT ${LISTENERS} -j DROP
COMMIT
`;

/** Nothing there is fine. By itself it would go with the last socket in the seat's network, and some of those are the agent's. */
export async function removeCable(machine: string, tenant: Tenant): Promise<void> {
  const cable = cableOf(machine, tenant);
  if (!existsSync(`${SYS}/${cable}`)) return;
  const { code, stderr } = await tryOnHost(["ip", "link", "del", cable]);
  if (code !== 0 && existsSync(`${SYS}/${cable}`))
    throw new Problem("UNAVAILABLE", `cannot remove the cable "${cable}": ${stderr.trim()}`);
}

/** Nothing there is fine. @returns whether it was there */
export async function removeBridge(machine: string, tenant: Tenant): Promise<boolean> {
  const bridge = bridgeOf(machine, tenant);
  const there = existsSync(`${SYS}/${bridge}`);
  if (there) await ip(`remove the bridge "${bridge}"`, [`link del ${bridge}`]);
  return there;
}

export const isConnected = (machine: string, tenant: Tenant): boolean =>
  existsSync(`${SYS}/${bridgeOf(machine, tenant)}/brif/${cableOf(machine, tenant)}`);

/** Whether a bridge of a builder's is there. */
export const builderIsConnected = (machine: string): boolean => existsSync(`${SYS}/${bridgeOf(machine, "build")}`);

/** Seats of which a bridge is there. */
export async function bridgedSeats(machine: string): Promise<number[]> {
  const prefix = bridgePrefix(machine);
  const own = (await readdir(SYS)).filter((name) => name.startsWith(prefix));
  return own.flatMap((name) => parseSeatName(name.slice(prefix.length)) ?? []);
}

/** A cloud's networks take less than usual; a packet that doesn't fit may vanish without a word. */
async function uplinkMtu(): Promise<number> {
  const uplink = uplinkIn(await readFile("/proc/net/route", "utf8"));
  const text = uplink ? await readFile(`${SYS}/${uplink}/mtu`, "utf8").catch(() => "") : "";
  return Math.min(Number(text) || USUAL_MTU, USUAL_MTU);
}

const BATCH = ["ip", "-batch", "-"];
const linesOf = (lines: readonly string[]): string => `${lines.join("\n")}\n`;
const ip = (what: string, lines: readonly string[]): Promise<string> => onHost(what, BATCH, linesOf(lines));
