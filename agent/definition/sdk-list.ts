import type { Shelf } from "./catalogue.ts";
import { fieldsOf, listOf, oneOf, required, textOf } from "./fields.ts";
import { type End, type Plug, readBindablePlugs, readSlots, type Written } from "./interfaces.ts";
import { isReserved, isSdkName, SDK_NAME_SHAPE, SOURCES, type Source, splitSdkName } from "./names.ts";
import { type Problems, quoted } from "./problems.ts";
import type { Base } from "./sdk.ts";
import type { Field, Value } from "./tree.ts";
import { CHANNEL_SHAPE, parseChannel } from "./values.ts";

/** An SDK of the list while the file is read: `at` is its name's place. */
export interface ListedSdk {
  at: number;
  name: string;
  source: Source;
  channel: string | undefined;
  plugs: Map<string, Written<Plug>>;
  slots: Map<string, Written<End>>;
}

export const KEYS_OF_ENTRY = ["name", "source", "channel", "plugs", "slots"];

/** Every layer is one of the image's, which has 125 at most. */
const SDKS_LIMIT = 50;

/** The file's `sdks` in the order in which they are set up: the system first, though nobody lists it. */
export function readSdkList(field: Field | undefined, shelf: Shelf, problems: Problems): ListedSdk[] {
  const items = field ? listOf(field, "“sdks”", problems) : [];
  const over = items[SDKS_LIMIT];
  if (over)
    problems.add(over.at, `There are ${items.length} SDKs; ${SDKS_LIMIT} are the most. Put several into one of your own.`);
  const sdks = new Map<string, ListedSdk>();
  for (const item of items.slice(0, SDKS_LIMIT)) {
    const sdk = readSdkEntry(item, shelf, problems);
    if (!sdk) continue;
    const before = sdks.get(sdk.name);
    if (before) problems.add(sdk.at, `The SDK ${quoted(sdk.name)} is listed twice; first in line ${problems.lineOf(before.at)}.`);
    else sdks.set(sdk.name, sdk);
  }
  return inOrder([...sdks.values()]);
}

function readSdkEntry(item: Value, shelf: Shelf, problems: Problems): ListedSdk | undefined {
  const fields = fieldsOf(item, "an SDK", KEYS_OF_ENTRY, problems);
  const name = fields && required(fields, "name", item.at, "“name: node”", problems);
  const written = name && textOf(name, "An SDK's name", problems, { shape: SDK_NAME_SHAPE });
  if (!fields || !name || written === undefined) return undefined;
  const { at } = name.value;
  const split = readSource(written, fields.get("source"), problems);
  const known = isKnown(split, at, shelf, problems);
  const channel = readChannel(fields.get("channel"), split, known ? shelf : {}, problems);
  const plugs = readBindablePlugs(fields.get("plugs"), split.name, problems);
  return { at, ...split, channel, plugs, slots: readSlots(fields.get("slots"), split.name, problems) };
}

/** The prefix of a name says where an SDK comes from; `source` does, where the prefix was split off. */
function readSource(written: string, field: Field | undefined, problems: Problems): { name: string; source: Source } {
  const split = splitSdkName(written);
  const source = field && oneOf(field, "“source”", SOURCES, problems);
  if (!source || source === split.source) return split;
  if (split.source === "catalogue" && (source === "project" || source === "try")) return { name: split.name, source };
  problems.add(field.value.at, `The name ${quoted(written)} says that the SDK's source is ${split.source}. Leave “source” out.`);
  return split;
}

/** Whether the shelf has it; if not, `problems` says what it has. */
function isKnown({ name, source }: { name: string; source: Source }, at: number, shelf: Shelf, problems: Problems): boolean {
  if (shelf[source]?.has(name)) return true;
  problems.add(at, nameProblem(name, source) ?? missing(name, source, shelf));
  return false;
}

function nameProblem(name: string, source: Source): string | undefined {
  if (source === "system" || source === "sketch") return undefined;
  if (isReserved(name)) return `${quoted(name)} is a name that ClaraTeach keeps for itself. Call the SDK otherwise.`;
  return isSdkName(name) ? undefined : `An SDK is called ${quoted(name)}. Its name has to be ${SDK_NAME_SHAPE}.`;
}

function missing(name: string, source: Source, shelf: Shelf): string {
  const known = [...(shelf.system?.keys() ?? []), ...(shelf.catalogue?.keys() ?? [])].join(", ");
  switch (source) {
    case "project":
      return shelf.project
        ? `The SDK “project-${name}” needs its folder “project-${name}” with an sdk.yaml beside the workshop.yaml.`
        : `“project-${name}” is a folder beside the workshop.yaml, and only the file itself came. Send both as one .zip or .tar.gz. Known without a folder are ${known}.`;
    case "try":
      return `“try-${name}” would be on the computer of whoever makes the SDK, out of a class's reach. Known are ${known}.`;
    case "sketch":
      return `A sketch is a seat's own trial and can't be shared with a class. Known are ${known}.`;
    default:
      return `There is no SDK ${quoted(name)}. Known are ${known}.`;
  }
}

/** Its form is looked at even where nothing has channels. */
function readChannel(
  field: Field | undefined,
  { name, source }: { name: string; source: Source },
  shelf: Shelf,
  problems: Problems,
): string | undefined {
  const accepts = (text: string) => parseChannel(text) !== undefined;
  const text = field ? textOf(field, "“channel”", problems, { accepts, shape: CHANNEL_SHAPE }) : "latest/stable";
  const channel = text === undefined ? undefined : parseChannel(text);
  if (source !== "catalogue" || channel === undefined) return undefined;
  const known = shelf.catalogue?.get(name)?.channels;
  if (field && known && !known.includes(channel))
    problems.add(field.value.at, `The SDK ${quoted(name)} has no channel ${quoted(channel)}. Known are ${known.join(", ")}.`);
  return channel;
}

/** Hooks run in this order; the system's are there though nobody lists it. */
function inOrder(listed: ListedSdk[]): ListedSdk[] {
  const of = (source: Source) => listed.filter((sdk) => sdk.source === source);
  const system = of("system");
  const middle = listed.filter(({ source }) => source !== "system" && source !== "sketch");
  return [...(system.length > 0 ? system : [IMPLICIT_SYSTEM]), ...middle, ...of("sketch")];
}

const IMPLICIT_SYSTEM: ListedSdk = {
  at: 0,
  name: "system",
  source: "system",
  channel: undefined,
  plugs: new Map(),
  slots: new Map(),
};

export function checkBase({ at, name, source }: ListedSdk, base: Base, shelf: Shelf, problems: Problems): void {
  const own = shelf[source]?.get(name)?.base;
  if (own && own !== base) problems.add(at, `The SDK ${quoted(name)} is made for ${own}, and the workshop's base is ${base}.`);
}
