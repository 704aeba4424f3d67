import type { End, Interface } from "../definition/interfaces.ts";
import { portOf } from "../definition/values.ts";
import { isSystem } from "./ends.ts";

/**
 * What of a computer's own nobody gets by a definition, whoever wrote it: an operator connects it at a seat, or its agent's settings say
 * that it may be had here.
 */
export const BY_HAND: ReadonlySet<Interface> = new Set<Interface>(["ssh-agent", "camera", "audio", "custom-device"]);

export interface Ending {
  name: string;
  end: End;
}

/** Why these two can never be connected, for people; undefined: they can. */
export function whyNever(plug: Ending, slot: Ending): string | undefined {
  const kind = plug.end.interface;
  if (kind !== slot.end.interface)
    return `${plug.name} is a ${kind} and ${slot.name} a ${slot.end.interface}: they can't be connected. Choose a slot that is a ${kind}.`;
  if (kind === "tunnel") return whyNoTunnel(plug, slot);
  if (isSystem(plug.name)) return `${plug.name} is the machine's: only tunnels may begin there.`;
  if (kind !== "mount" && !isSystem(slot.name)) return `${slot.name} would be offered by an SDK; only the machine has a ${kind}.`;
  return undefined;
}

function whyNoTunnel(plug: Ending, slot: Ending): string | undefined {
  const [from, to] = [endpointOf(plug), endpointOf(slot)];
  if (isSystem(plug.name) === isSystem(slot.name))
    return `${plug.name} and ${slot.name} are on the same side: a tunnel leads from the machine into a seat, or out of it.`;
  if (protocolOf(from) !== protocolOf(to) && from !== "" && to !== "")
    return `${plug.name} is ${protocolOf(from)} and ${slot.name} ${protocolOf(to)}: a tunnel has one of them at both ends.`;
  if (portOf(from) === undefined && portOf(to) === undefined && !(isSocket(from) && isSocket(to)))
    return `Neither ${plug.name} nor ${slot.name} says its port. One has to.`;
  return undefined;
}

/** Why this tunnel isn't made though the definition lists it or the names are the same. */
export function whyNotByItself(plug: Ending): string | undefined {
  if (!isSystem(plug.name)) return "it would lead out of the seat; connect it by hand.";
  const endpoint = endpointOf(plug);
  if (endpoint.startsWith("@"))
    return `it would be open to whoever knows its name (${endpoint}), for no permission guards it; connect it by hand.`;
  if (isLocal(endpoint)) return undefined;
  return `it would be open to others than this machine (${endpoint}); connect it by hand.`;
}

export const endpointOf = ({ end }: Ending): string => String(end.attributes.get("endpoint") ?? "");

const isSocket = (endpoint: string): boolean => endpoint.startsWith("/") || endpoint.startsWith("@");
/** A unix socket carries a stream, as TCP does. */
const protocolOf = (endpoint: string): string => (endpoint.endsWith("/udp") ? "udp" : "tcp");
/** Nothing said is the loopback. */
const isLocal = (endpoint: string): boolean => endpoint === "" || isSocket(endpoint) || /^(127\.|\[::1\])/.test(endpoint);
