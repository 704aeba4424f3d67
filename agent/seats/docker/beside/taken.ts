import { setTimeout as pause } from "node:timers/promises";
import { Problem } from "../../../contract/errors.ts";
import { LISTENING, machineSockets, type SocketTable, UNCONNECTED } from "../../kernel-sockets.ts";
import { tryOnHost } from "../host-programs.ts";
import { chainOf } from "../network/firewall-rules.ts";

/** Lowest that a container beside a seat may be given: what is below every system gives to its own. */
const LOWEST = 1024;
/** A question to a name server, the agent's own among them, has any port for a moment: whoever listens there still does later. */
const LOOKS = 3;
const LOOK_AGAIN_MS = 700;
/** Whose sockets wait for anybody: the near end of a call is nobody's door. */
const WAITING = { udp: UNCONNECTED, udp6: UNCONNECTED, tcp: LISTENING, tcp6: LISTENING } as const;

/** Of the machine, for strangers: neither a program of its own listens there, nor does somebody else's rule lead it elsewhere. @param rest between two looks @throws Problem */
export async function requireFreePort(machine: string, port: number, rest = () => pause(LOOK_AGAIN_MS)): Promise<void> {
  if (!Number.isInteger(port) || port < LOWEST || port > 65_535)
    throw new Problem("INVALID_INPUT", `Port ${port} is none that live video can have; set CLARATEACH_NEKO_PORTS to 52000, say.`);
  const who = (await isHeld(port, rest)) ? "a program of this machine" : (await isLedAway(machine, port)) ? "another class" : "";
  if (who !== "")
    throw new Problem(
      "UNAVAILABLE",
      `Port ${port} of this machine, for live video, is ${who}'s. Set CLARATEACH_NEKO_PORTS to others.`,
    );
}

async function isHeld(port: number, rest: () => Promise<void>): Promise<boolean> {
  for (let look = 1; await isListenedAt(port); look++) {
    if (look === LOOKS) return true;
    await rest();
  }
  return false;
}

async function isListenedAt(port: number): Promise<boolean> {
  const looks = Object.entries(WAITING).map(async ([table, state]) =>
    (await machineSockets(table as SocketTable)).some((socket) => socket.port === port && socket.state === state),
  );
  return (await Promise.all(looks)).includes(true);
}

async function isLedAway(machine: string, port: number): Promise<boolean> {
  const { stdout } = await tryOnHost(["iptables-save", "-t", "nat"]);
  return stdout
    .split("\n")
    .some((line) => !line.startsWith(`-A ${chainOf(machine)}`) && line.includes(` --dport ${port} `) && line.includes("-j DNAT"));
}
