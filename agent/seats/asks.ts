import type { Mode } from "../engine/change.ts";
import type { ByHand, Pair } from "../interfaces/resolve.ts";
import type { SavedWish } from "./wishes.ts";

/** What a person asks of seats that the document has. */
export type Ask =
  | { action: "launch"; start?: boolean; mode?: Mode }
  | { action: "refresh" | "restore"; mode?: Mode }
  | { action: "start" | "stop" | "remove" }
  | ConnectAsk;

export type ConnectAsk =
  /** `forget`: as if nobody had ever connected or disconnected these. */
  | ({ action: "connect" | "disconnect"; forget?: boolean } & Pair)
  /** Without a source: its own place again. */
  | { action: "remount"; plug: string; source?: string };

/** What is wanted of a seat from then on. @param byHand what people changed at its connections until now */
export function withAsk(wish: SavedWish, ask: Ask, byHand: ByHand): SavedWish {
  switch (ask.action) {
    case "start":
      return { power: "on" };
    case "stop":
      return { power: "off" };
    case "remove":
      return { power: "gone" };
    case "launch":
      return { power: ask.start === false ? "off" : "on", renewal: { kind: "launch", mode: ask.mode ?? "transactional" } };
    case "refresh":
    case "restore":
      // Whoever makes a seat again wants it to run.
      return { power: "on", renewal: { kind: ask.action, mode: ask.mode ?? "transactional" } };
    default: {
      const renewal = { kind: "connect", as: ask.action, mode: "transactional", byHand: withConnection(byHand, ask) } as const;
      return { ...wish, renewal };
    }
  }
}

/** What people changed at a seat, with this besides. */
export function withConnection(byHand: ByHand, ask: ConnectAsk): ByHand {
  if (ask.action === "remount") {
    const { [ask.plug]: _, ...others } = byHand.sources;
    return { ...byHand, sources: ask.source === undefined ? others : { ...others, [ask.plug]: ask.source } };
  }
  const pair = { plug: ask.plug, slot: ask.slot };
  const without = (pairs: readonly Pair[]) => pairs.filter((one) => one.plug !== pair.plug || one.slot !== pair.slot);
  const [connected, disconnected] = [without(byHand.connected), without(byHand.disconnected)];
  if (ask.forget) return { ...byHand, connected, disconnected };
  if (ask.action === "connect") return { ...byHand, connected: [...connected, pair], disconnected };
  return { ...byHand, connected, disconnected: [...disconnected, pair] };
}
