import type { Plug } from "../../../definition/interfaces.ts";
import { nameOf } from "../../../definition/names.ts";
import type { Memory } from "../../../engine/memory.ts";
import type { Ends } from "../../../interfaces/ends.ts";
import type { ByHand, Pair } from "../../../interfaces/resolve.ts";

/** By pair, and by plug for its source: what both ends said when a person connected them. */
export type Meant = Readonly<Record<string, string>>;

const PREFIX = "docker/meant/";

export const meantOf = (memory: Memory, seat: number): Meant => (memory.get(`${PREFIX}${seat}`) as Meant | undefined) ?? {};

/** Undefined: the seat is gone. */
export const noteMeant = (memory: Memory, seat: number, meant: Meant | undefined): void =>
  memory.set(`${PREFIX}${seat}`, meant && { ...meant });

/**
 * What people changed by hand, without what is by now something else than they looked at: names are a definition's, and a tunnel to a database
 * must not become one to whatever a later definition has in its place.
 * @param meant as noted before @returns besides, what is to be noted now
 */
export function asMeant(byHand: ByHand, ends: Ends, meant: Meant): { byHand: ByHand; meant: Meant; warnings: string[] } {
  const warnings: string[] = [];
  const noted: Record<string, string> = {};
  const isMeant = (key: string, now: string, what: string): boolean => {
    noted[key] = meant[key] ?? now;
    if (noted[key] === now) return true;
    warnings.push(
      `${what}: its definition is another one since that was asked for by hand. Forget that, look at it, and ask again.`,
    );
    return false;
  };
  const connected = byHand.connected.filter((pair) =>
    isMeant(`${pair.plug} ${pair.slot}`, describe(ends, pair), `${pair.plug} isn't connected to ${pair.slot} any more`),
  );
  const sources = Object.entries(byHand.sources).filter(([plug]) =>
    isMeant(plug, describe(ends, { plug }), `${plug} has its own directory again`),
  );
  return { byHand: { ...byHand, connected, sources: Object.fromEntries(sources) }, meant: noted, warnings };
}

const describe = ({ plugs, slots }: Ends, { plug, slot }: { plug: string } & Partial<Pair>): string =>
  JSON.stringify([said(plugs.get(plug)), slot === undefined ? null : said(slots.get(slot))]);

const said = (end: Plug | undefined) =>
  end && ("bind" in end ? nameOf(end.bind) : [end.interface, [...end.attributes].sort(([a], [b]) => (a < b ? -1 : 1))]);
