import { fieldsOf, oneOf, textOf } from "./fields.ts";
import { type End, readPlugs, readSlots } from "./interfaces.ts";
import { isReserved, isSdkName, SDK_NAME_SHAPE } from "./names.ts";
import { Problems, quoted, type Read } from "./problems.ts";
import { type Field, parseTree, tidy, type Value } from "./tree.ts";

/** What seats are made of: an image of this machine's own. */
export const BASES = ["debian@12"] as const;
export type Base = (typeof BASES)[number];

const ARCHITECTURES = ["amd64", "arm64", "all"] as const;

/** What an sdk.yaml says. Its hooks are files beside it. */
export interface Sdk {
  name: string;
  /** Undefined: it goes with any. */
  base?: Base;
  version?: string;
  /** One line. */
  summary?: string;
  description?: string;
  title?: string;
  license?: string;
  /** Undefined: any. */
  architecture?: (typeof ARCHITECTURES)[number];
  plugs: ReadonlyMap<string, End>;
  slots: ReadonlyMap<string, End>;
}

export const KEYS_OF_SDK = [
  "name",
  "base",
  "version",
  "title",
  "summary",
  "description",
  "license",
  "architecture",
  "plugs",
  "slots",
];

/** Of one line that people read. */
const LINE_LIMIT = 120;

/**
 * An SDK of one's own: the sdk.yaml of a folder beside the workshop.yaml.
 * @param folder its name, without `project-`: the SDK has to be called the same
 */
export const readSdk = (text: string, folder: string, path = `project-${folder}/sdk.yaml`): Read<Sdk> =>
  readFile(text, folder, path, false);

/** An SDK inside the agent: one of them has a name that others may not have. */
export const readBuiltInSdk = (text: string, folder: string): Read<Sdk> => readFile(text, folder, `${folder}/sdk.yaml`, true);

function readFile(text: string, folder: string, path: string, isBuiltIn: boolean): Read<Sdk> {
  const clean = tidy(text);
  const problems = new Problems(path, clean);
  const tree = parseTree(clean, problems);
  return problems.read(tree && read(tree, folder, isBuiltIn, problems));
}

function read(tree: Value, folder: string, isBuiltIn: boolean, problems: Problems): Sdk | undefined {
  const fields = fieldsOf(tree, "an sdk.yaml", KEYS_OF_SDK, problems);
  if (!fields) return undefined;
  const name = readName(fields.get("name"), tree.at, folder, isBuiltIn, problems);
  const line = (key: string) => optional(key, fields.get(key), isLine, `one line of up to ${LINE_LIMIT} characters`, problems);
  const base = fields.get("base");
  const architecture = fields.get("architecture");
  const facts = present({
    base: base && oneOf(base, "“base”", BASES, problems),
    version: line("version"),
    title: line("title"),
    summary: line("summary"),
    description: optional("description", fields.get("description"), () => true, "text", problems),
    license: line("license"),
    architecture: architecture && oneOf(architecture, "“architecture”", ARCHITECTURES, problems),
  });
  const plugs = withoutPlaces(readPlugs(fields.get("plugs"), folder, problems));
  const slots = withoutPlaces(readSlots(fields.get("slots"), folder, problems));
  return name === undefined ? undefined : { name, ...facts, plugs, slots };
}

function present<T extends object>(facts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function readName(
  field: Field | undefined,
  at: number,
  folder: string,
  isBuiltIn: boolean,
  problems: Problems,
): string | undefined {
  if (!field) return problems.add(at, `“name” is missing. Write “name: ${folder}”, as its folder is called after project-.`);
  const name = textOf(field, "“name”", problems, { shape: SDK_NAME_SHAPE });
  if (name === undefined) return undefined;
  if (!isBuiltIn && isReserved(name))
    return problems.add(field.value.at, `${quoted(name)} is a name that ClaraTeach keeps for itself. Call the SDK otherwise.`);
  if (!isBuiltIn && !isSdkName(name))
    return problems.add(field.value.at, `“name” is ${quoted(name)}. It has to be ${SDK_NAME_SHAPE}.`);
  return name === folder
    ? name
    : problems.add(
        field.value.at,
        `The SDK is called ${quoted(name)} here, and its folder project-${folder}. Give both one name.`,
      );
}

function optional(
  key: string,
  field: Field | undefined,
  accepts: (text: string) => boolean,
  shape: string,
  problems: Problems,
): string | undefined {
  return field && textOf(field, `“${key}”`, problems, { accepts, shape });
}

const isLine = (text: string): boolean => [...text].length <= LINE_LIMIT && !text.includes("\n");

const withoutPlaces = (ends: ReadonlyMap<string, { end: End }>): Map<string, End> =>
  new Map([...ends].map(([name, { end }]) => [name, end]));
