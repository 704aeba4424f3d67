import { RELAY_PORT } from "../../../../contract/llm.ts";
import type { TunnelGrant } from "../../../../interfaces/grants.ts";
import { CDP_PORT, NAME_PORT } from "../../names.ts";
import { type Endpoint, isLoopback, parseEndpoint } from "./endpoint.ts";
import { insideOf, PLACES } from "./places.ts";

/** The system's own. */
const FIRST_PORT = 1024;
/** What the agent itself serves in each seat. */
const AGENTS: ReadonlySet<number> = new Set([NAME_PORT, RELAY_PORT, CDP_PORT]);
const IN_A_SEAT: ReadonlySet<string> = new Set(["127.0.0.1", "::1"]);
const ALL_OF_A_SEAT = "0.0.0.0";

/** Why there can never be such a tunnel, for people; undefined: there can, as far as its two ends tell. Pure. */
export function whyNeverOpened({ listens, leads }: TunnelGrant): string | undefined {
  const [from, to] = [parseEndpoint(listens.endpoint), parseEndpoint(leads.endpoint)];
  const why = listens.on === "seat" ? whyNotInSeat(from, true) : whyNotListened(from);
  return why ?? (leads.to === "seat" ? whyNotInSeat(to, false) : whyNotReached(to));
}

function whyNotListened(end: Endpoint): string | undefined {
  if ("port" in end && end.port < FIRST_PORT)
    return `Port ${end.port} is one of the machine's own, as all below ${FIRST_PORT}. Let the plug's endpoint be a higher one.`;
  return undefined;
}

/** Others than the machine itself are for the firewall's settings. Names without a file are open to whoever knows them. */
function whyNotReached(end: Endpoint): string | undefined {
  if (end.kind === "abstract")
    return `@${end.name} of the machine can't be reached from a seat, for no permission guards it. Use a port or a socket with a path.`;
  if ("hostname" in end && !isLoopback(end.hostname))
    return `A tunnel out of a seat leads to the machine's own localhost, not to ${end.hostname}. Use 127.0.0.1, or let CLARATEACH_OUTBOUND_ALLOW have that network.`;
  return undefined;
}

function whyNotInSeat(end: Endpoint, listens: boolean): string | undefined {
  if (end.kind === "path" && insideOf(end.path) === undefined)
    return `${end.path} is nowhere a seat's sockets can be. Use a path below ${PLACES.join(", ")}.`;
  if (!("port" in end)) return undefined;
  if (AGENTS.has(end.port)) return `Port ${end.port} of every seat is ClaraTeach's own. Use another one.`;
  if (IN_A_SEAT.has(end.hostname) || (listens && end.hostname === ALL_OF_A_SEAT)) return undefined;
  return `A tunnel's end in a seat is its localhost, not ${end.hostname}. Use 127.0.0.1 or [::1].`;
}
