import type { Shelf } from "./catalogue.ts";
import { type Connection, checkBinds, checkTargets, readConnections } from "./connections.ts";
import { anyFields, fieldsOf, oneOf, required, textOf } from "./fields.ts";
import type { End, Plug, Written } from "./interfaces.ts";
import { isName, NAME_SHAPE, type Source } from "./names.ts";
import { type Problems, quoted } from "./problems.ts";
import { BASES, type Base } from "./sdk.ts";
import { checkBase, type ListedSdk, readSdkList } from "./sdk-list.ts";
import type { Field, Value } from "./tree.ts";

/** The environment of a class: its workshop.yaml, normalized. */
export interface Definition {
  name: string;
  base: Base;
  confinement: "container";
  /** In the order in which they are set up: system first, sketch last. */
  sdks: readonly SdkEntry[];
  connections: readonly Connection[];
  /** Scripts by name. */
  actions: ReadonlyMap<string, string>;
}

export interface SdkEntry {
  name: string;
  source: Source;
  /** Of the catalogue only. */
  channel?: string;
  plugs: ReadonlyMap<string, Plug>;
  slots: ReadonlyMap<string, End>;
}

export const KEYS_OF_WORKSHOP = ["name", "base", "confinement", "sdks", "connections", "actions"];

/** @returns undefined, or half of it, when `problems` has some */
export function readWorkshop(tree: Value, shelf: Shelf, problems: Problems): Definition | undefined {
  const fields = fieldsOf(tree, "a workshop.yaml", KEYS_OF_WORKSHOP, problems);
  if (!fields) return undefined;
  const name = required(fields, "name", tree.at, "“name: first-steps”", problems);
  const base = required(fields, "base", tree.at, `“base: ${BASES[0]}”`, problems);
  const confinement = fields.get("confinement");
  if (confinement) oneOf(confinement, "“confinement”", ["container"], problems);
  const sdks = readSdkList(fields.get("sdks"), shelf, problems);
  const definition: Definition = {
    name: (name && textOf(name, "“name”", problems, { accepts: isName, shape: NAME_SHAPE })) ?? "",
    base: (base && oneOf(base, "“base”", BASES, problems)) ?? BASES[0],
    confinement: "container",
    sdks: sdks.map(entryOf),
    connections: readConnections(fields.get("connections"), sdks, shelf, problems),
    actions: readActions(fields.get("actions"), problems),
  };
  for (const sdk of sdks) checkBase(sdk, definition.base, shelf, problems);
  checkBinds(sdks, shelf, problems);
  checkTargets(sdks, shelf, problems);
  return definition;
}

function entryOf({ name, source, channel, plugs, slots }: ListedSdk): SdkEntry {
  const ends = { plugs: withoutPlaces(plugs), slots: withoutPlaces(slots) };
  return { name, source, ...(channel !== undefined && { channel }), ...ends };
}

const withoutPlaces = <T>(ends: ReadonlyMap<string, Written<T>>): Map<string, T> =>
  new Map([...ends].map(([name, { end }]) => [name, end]));

function readActions(field: Field | undefined, problems: Problems): Map<string, string> {
  const actions = new Map<string, string>();
  if (!field || field.value.kind === "nothing") return actions;
  for (const [name, action] of anyFields(field.value, "“actions”", "“test: npm test”", problems) ?? []) {
    if (!isName(name)) problems.add(action.at, `An action is called ${quoted(name)}. Its name has to be ${NAME_SHAPE}.`);
    const script = textOf(action, `The action ${quoted(name)}`, problems, {
      accepts: (text) => text.trim() !== "",
      shape: "a script for bash",
    });
    if (script !== undefined) actions.set(name, script);
  }
  return actions;
}
