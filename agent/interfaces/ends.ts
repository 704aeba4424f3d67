import type { End, Plug } from "../definition/interfaces.ts";
import { nameOf, type Reference } from "../definition/names.ts";
import type { Definition, SdkEntry } from "../definition/workshop.ts";

/** Plugs and slots of a seat, by name (`node:cache`): what the definition says of an SDK's counts more than what the SDK says itself. */
export interface Ends {
  plugs: ReadonlyMap<string, Plug>;
  slots: ReadonlyMap<string, End>;
}

/** What an SDK's own file says. */
export type OwnEnds = (sdk: Pick<SdkEntry, "name" | "source">) => Pick<SdkEntry, "plugs" | "slots"> | undefined;

export function endsOf({ sdks }: Pick<Definition, "sdks">, own: OwnEnds): Ends {
  const plugs = new Map<string, Plug>();
  const slots = new Map<string, End>();
  for (const sdk of sdks) {
    for (const [name, plug] of [...(own(sdk)?.plugs ?? []), ...sdk.plugs]) plugs.set(nameOf({ sdk: sdk.name, name }), plug);
    for (const [name, slot] of [...(own(sdk)?.slots ?? []), ...sdk.slots]) slots.set(nameOf({ sdk: sdk.name, name }), slot);
  }
  return { plugs, slots };
}

/** Of a name that is one: `node:cache`. */
export function referenceOf(name: string): Reference {
  const [sdk = "", end = ""] = name.split(":");
  return { sdk, name: end };
}

export const isSystem = (name: string): boolean => referenceOf(name).sdk === "system";

/** What a plug is itself, or the one that it is bound to. */
export function ownPlug(name: string, { plugs }: Ends): { name: string; end: End } | undefined {
  const plug = plugs.get(name);
  if (plug === undefined) return undefined;
  if (!("bind" in plug)) return { name, end: plug };
  const [bound, end] = [nameOf(plug.bind), plugs.get(nameOf(plug.bind))];
  return end && !("bind" in end) ? { name: bound, end } : undefined;
}
