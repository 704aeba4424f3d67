import { readFile } from "node:fs/promises";
import { Problem } from "../../../contract/errors.ts";
import { tryOnHost } from "../host-programs.ts";
import { chainOf } from "../network/firewall-rules.ts";

/** Lowest that a container beside a seat may be given: what is below every system gives to its own. */
const LOWEST = 1024;
/** Of `/proc/net`: sockets of either protocol, and the state of one that waits for anybody. */
const WAITING = { udp: "07", udp6: "07", tcp: "0A", tcp6: "0A" } as const;

/** Of the machine, for strangers: neither a program of its own listens there, nor does somebody else's rule lead it elsewhere. @throws Problem */
export async function requireFreePort(machine: string, port: number): Promise<void> {
  if (!Number.isInteger(port) || port < LOWEST || port > 65_535)
    throw new Problem("INVALID_INPUT", `Port ${port} is none that live video can have; set CLARATEACH_NEKO_PORTS to 52000, say.`);
  const who = (await isListenedAt(port)) ? "a program of this machine" : (await isLedAway(machine, port)) ? "another class" : "";
  if (who !== "")
    throw new Problem(
      "UNAVAILABLE",
      `Port ${port} of this machine, for live video, is ${who}'s. Set CLARATEACH_NEKO_PORTS to others.`,
    );
}

async function isListenedAt(port: number): Promise<boolean> {
  const looks = Object.entries(WAITING).map(async ([name, state]) =>
    portsIn(await readFile(`/proc/net/${name}`, "utf8").catch(() => ""), state).includes(port),
  );
  return (await Promise.all(looks)).includes(true);
}

/** Local ports of sockets in this state, as `/proc/net/udp` lists them; pure. */
export const portsIn = (table: string, state: string): number[] =>
  table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, local = "", , now]) => (now === state ? [Number.parseInt(local.split(":")[1] ?? "", 16)] : []));

async function isLedAway(machine: string, port: number): Promise<boolean> {
  const { stdout } = await tryOnHost(["iptables-save", "-t", "nat"]);
  return stdout
    .split("\n")
    .some((line) => !line.startsWith(`-A ${chainOf(machine)}`) && line.includes(` --dport ${port} `) && line.includes("-j DNAT"));
}
