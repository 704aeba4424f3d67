import type { Json, Memory } from "../../../engine/memory.ts";
import { type Grant, isLive } from "../../../interfaces/grants.ts";

const PREFIX = "docker/connected/";
const BEFORE = "docker/connected-before/";

/** What a seat is given by its connections: whoever starts it again gives it the same. */
export const grantsNoted = (memory: Pick<Memory, "get">, seat: number): readonly Grant[] =>
  (memory.get(`${PREFIX}${seat}`) ?? []) as unknown as readonly Grant[];

/** From now on; what it was before is kept for the way back. @param change the engine's, that wants it */
export function noteGrants(memory: Memory, seat: number, change: number, grants: readonly Grant[]): void {
  // Nothing, where nobody ever looked: the way back leads there.
  const before = memory.get(`${PREFIX}${seat}`);
  memory.set(`${BEFORE}${seat}`, { change, ...(before !== undefined && { before }) });
  memory.set(`${PREFIX}${seat}`, grants as unknown as Json);
}

/** As before this change; twice is once. */
export function notePrevious(memory: Memory, seat: number, change: number): void {
  const saved = memory.get(`${BEFORE}${seat}`) as unknown as { change: number; before?: Json } | undefined;
  if (saved?.change !== change) return;
  memory.set(`${PREFIX}${seat}`, saved.before);
  memory.set(`${BEFORE}${seat}`, undefined);
}

/** What leads from one to the other. Devices are a container's from its making on. */
export function compareGrants(has: readonly Grant[], wanted: readonly Grant[]): "same" | "live" | "new" {
  const byPlug = (grants: readonly Grant[]) => new Map(grants.map((one) => [one.plug, one]));
  const [before, after] = [byPlug(has), byPlug(wanted)];
  const names = new Set([...before.keys(), ...after.keys()]);
  const others = [...names].filter((name) => !Bun.deepEquals(before.get(name), after.get(name)));
  const ofOthers = others.flatMap((name) => [before.get(name), after.get(name)]).filter((one) => one !== undefined);
  if (others.length === 0) return "same";
  return ofOthers.every(isLive) ? "live" : "new";
}

/** The seat is gone. */
export function forgetGrants(memory: Memory, seat: number): void {
  for (const prefix of [PREFIX, BEFORE]) memory.set(`${prefix}${seat}`, undefined);
}
