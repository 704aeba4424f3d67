import type { Interface } from "../definition/interfaces.ts";
import { nameOf } from "../definition/names.ts";
import type { Definition } from "../definition/workshop.ts";
import { type Ends, isSystem, ownPlug, referenceOf } from "./ends.ts";
import { BY_HAND, type Ending, whyNever, whyNotByItself } from "./policy.ts";

/** A plug and a slot by their names. */
export interface Pair {
  plug: string;
  slot: string;
}

/** What people changed at one seat. It is kept when the seat is refreshed, and forgotten when it is restored. */
export interface ByHand {
  connected: readonly Pair[];
  disconnected: readonly Pair[];
  /** Where a mount's files are instead of its own place: directories of the machine by plug. */
  sources: Readonly<Record<string, string>>;
}

export const NOTHING_BY_HAND: ByHand = { connected: [], disconnected: [], sources: {} };

export interface SeatConnection extends Pair {
  interface: Interface;
  /** Without anybody's doing at this seat. */
  auto: boolean;
}

export interface Resolved {
  connections: SeatConnection[];
  /** Pairs that would be there, had nobody disconnected them. */
  undesired: Pair[];
  /** What isn't connected though somebody may expect it, and why. */
  warnings: string[];
}

/**
 * Which connections a seat has. Pure: the same definition and the same changes by hand always give the same.
 * @param allowed what this agent's settings let definitions have besides
 */
export function resolve(
  definition: Pick<Definition, "connections">,
  ends: Ends,
  byHand: ByHand,
  allowed: ReadonlySet<Interface> = new Set(),
): Resolved {
  const listed = definition.connections.map(({ plug, slot }) => ({ plug: nameOf(plug), slot: nameOf(slot) }));
  const warnings: string[] = [];
  const auto = [...ends.plugs.keys()].flatMap((name) => autoOf(name, ends, listed, allowed, warnings));
  const is = (pairs: readonly Pair[]) => (pair: Pair) => pairs.some((one) => one.plug === pair.plug && one.slot === pair.slot);
  const stay = auto.filter((pair) => !is(byHand.disconnected)(pair));
  const made = byHand.connected.filter((pair) => whyNotConnected(pair, ends) === undefined && !is(stay)(pair));
  const kept = stay.filter(({ plug }) => !made.some((one) => one.plug === plug && interfaceOf(one, ends) === "mount"));
  return {
    connections: [...kept.map((pair) => connectionOf(pair, ends, true)), ...made.map((pair) => connectionOf(pair, ends, false))],
    undesired: auto.filter(is(byHand.disconnected)),
    warnings,
  };
}

/** Why a person can't connect these, for people; undefined: she can. */
export function whyNotConnected({ plug, slot }: Pair, ends: Ends): string | undefined {
  const [from, to] = [ends.plugs.get(plug), ends.slots.get(slot)];
  if (!from) return noPlug(plug, ends);
  if (!to) return `There is no slot ${slot}. There are ${some(ends.slots)}.`;
  if ("bind" in from) return `${plug} is bound to ${nameOf(from.bind)} and gets what that one gets. Connect that one.`;
  return whyNever({ name: plug, end: from }, { name: slot, end: to });
}

export const noPlug = (plug: string, { plugs }: Ends): string => `There is no plug ${plug}. There are ${some(plugs)}.`;

/** What a plug gets by itself: at most one slot; of several that would do, none. */
function autoOf(name: string, ends: Ends, listed: readonly Pair[], allowed: ReadonlySet<Interface>, warnings: string[]): Pair[] {
  const plug = ownPlug(name, ends);
  if (!plug || plug.name !== name) return [];
  const named = listed.filter((pair) => pair.plug === name).map(({ slot }) => slot);
  const kind = plug.end.interface;
  if (BY_HAND.has(kind) && !allowed.has(kind)) {
    if (named.length > 0) warnings.push(`${name} isn't connected: no definition gives a seat a ${kind}. Connect it by hand.`);
    return [];
  }
  const slots = named.length > 0 ? named : matching(plug, ends);
  if (slots.length > 1) warnings.push(`${name} isn't connected: ${slots.join(" and ")} would do. Connect one of them.`);
  const [slot] = slots;
  if (slots.length !== 1 || slot === undefined) return [];
  const end = ends.slots.get(slot);
  const why = end && (whyNever(plug, { name: slot, end }) ?? (kind === "tunnel" ? whyNotByItself(plug) : undefined));
  if (why !== undefined) warnings.push(`${name} isn't connected: ${why}`);
  return end && why === undefined ? [{ plug: name, slot }] : [];
}

/** Of tunnels the ones with the same name; of all else the machine's. */
function matching({ name, end }: Ending, { slots }: Ends): string[] {
  if (end.interface !== "tunnel") return [...slots.keys()].filter((slot) => slot === `system:${end.interface}`);
  if (!isSystem(name)) return [];
  const own = referenceOf(name).name;
  return [...slots]
    .filter(([slot, to]) => to.interface === "tunnel" && !isSystem(slot) && referenceOf(slot).name === own)
    .map(([slot]) => slot);
}

const interfaceOf = ({ slot }: Pair, { slots }: Ends): Interface | undefined => slots.get(slot)?.interface;

function connectionOf(pair: Pair, ends: Ends, auto: boolean): SeatConnection {
  return { ...pair, interface: interfaceOf(pair, ends) ?? "mount", auto };
}

/** Of a list in a sentence. */
const NAMES_SHOWN = 12;

function some(ends: ReadonlyMap<string, unknown>): string {
  const names = [...ends.keys()];
  if (names.length === 0) return "none";
  const more = names.length - NAMES_SHOWN;
  return more > 0 ? `${names.slice(0, NAMES_SHOWN).join(", ")} and ${more} more` : names.join(", ");
}
