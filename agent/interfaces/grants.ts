import type { Attributes, End, Interface } from "../definition/interfaces.ts";
import { portOf } from "../definition/values.ts";
import { type Ends, isSystem } from "./ends.ts";
import { endpointOf } from "./policy.ts";
import type { ByHand, SeatConnection } from "./resolve.ts";

/** A directory that a seat sees. */
export interface MountGrant {
  kind: "mount";
  plug: string;
  /** In the seat. */
  target: string;
  /** `own`: a directory that is kept for this plug of this seat. `machine`: the operator's choice. `seat`: another SDK's, inside. */
  from: { of: "own" } | { of: "machine"; path: string } | { of: "seat"; path: string };
  readOnly: boolean;
  /** Of a directory that isn't there yet. */
  mode: number;
  uid: number;
  gid: number;
}

/** Connections to one side are carried to the other. */
export interface TunnelGrant {
  kind: "tunnel";
  plug: string;
  /** Where somebody connects to. */
  listens: { on: "machine" | "seat"; endpoint: string };
  /** Where that leads. */
  leads: { to: "machine" | "seat"; endpoint: string };
}

/** The operator's keys, to be used and not to be seen. */
export interface SshAgentGrant {
  kind: "ssh-agent";
  plug: string;
}

/** Devices of the machine. They are the container's from its making on. */
export interface DeviceGrant {
  kind: "gpu" | "camera" | "audio" | "custom-device";
  plug: string;
  /** Which, of a custom device. */
  match: { subsystem?: string; vendorid?: string; productid?: string };
  /** Missing is a warning then; a person who asked for it is refused. */
  auto: boolean;
}

export type Grant = MountGrant | TunnelGrant | SshAgentGrant | DeviceGrant;

/** Changed without making the seat's container anew. */
export const isLive = ({ kind }: { kind: Interface }): boolean => kind === "mount" || kind === "tunnel" || kind === "ssh-agent";

/** What each connection gives a seat. @param place of the seat on its machine, from 0: each has the machine's ports for itself */
export function grantsOf(connections: readonly SeatConnection[], ends: Ends, byHand: ByHand, place: number): Grant[] {
  return connections.flatMap((connection) => grantOf(connection, ends, byHand, place) ?? []);
}

function grantOf({ plug, slot, auto }: SeatConnection, ends: Ends, byHand: ByHand, place: number): Grant | undefined {
  const [from, to] = [ends.plugs.get(plug), ends.slots.get(slot)];
  if (!from || !to || "bind" in from) return undefined;
  switch (from.interface) {
    case "mount":
      return mountOf(plug, from.attributes, to, byHand.sources[plug]);
    case "tunnel":
      return tunnelOf({ name: plug, end: from }, { name: slot, end: to }, place);
    case "ssh-agent":
      return { kind: "ssh-agent", plug };
    default:
      return { kind: from.interface, plug, match: Object.fromEntries(from.attributes), auto };
  }
}

function mountOf(plug: string, attributes: Attributes, slot: End, source: string | undefined): MountGrant {
  const inside = slot.attributes.get("workshop-source");
  const outside = source === undefined ? { of: "own" as const } : { of: "machine" as const, path: source };
  return {
    ...{ kind: "mount", plug, target: String(attributes.get("workshop-target")) },
    from: inside === undefined ? outside : { of: "seat", path: String(inside) },
    readOnly: attributes.get("read-only") === true,
    mode: Number(attributes.get("mode")),
    uid: Number(attributes.get("uid")),
    gid: Number(attributes.get("gid")),
  };
}

/** Whichever end doesn't say its port has the other's. */
function tunnelOf(plug: { name: string; end: End }, slot: { name: string; end: End }, place: number): TunnelGrant {
  const [listen, lead] = [endpointOf(plug), endpointOf(slot)];
  const onMachine = isSystem(plug.name);
  const [from, to] = [withPortOf(listen, lead), withPortOf(lead, listen)];
  return {
    ...{ kind: "tunnel", plug: plug.name },
    listens: { on: onMachine ? "machine" : "seat", endpoint: onMachine ? forPlace(from, place) : from },
    leads: { to: onMachine ? "seat" : "machine", endpoint: to },
  };
}

function withPortOf(endpoint: string, other: string): string {
  const isSocket = /^[/@]/.test(endpoint);
  if (isSocket || portOf(endpoint) !== undefined) return endpoint;
  const protocol = endpoint.endsWith("/udp") || (endpoint === "" && other.endsWith("/udp")) ? "udp" : "tcp";
  const host = endpoint.replace(/\/(tcp|udp)$/, "") || "127.0.0.1";
  return `${host}:${portOf(other)}/${protocol}`;
}

/** Ten seats of one definition can't listen at one place of their machine: the next seat has the next port. */
function forPlace(endpoint: string, place: number): string {
  const port = portOf(endpoint);
  if (place === 0) return endpoint;
  return port === undefined ? `${endpoint}.${place + 1}` : endpoint.replace(/:\d+\/(tcp|udp)$/, `:${port + place}/$1`);
}
