import { isObject } from "./call.ts";
import { badBody, invalid } from "./refusal.ts";

/** A message or enum as `protos.json` of the official clients has it; its field names are those of the JSON. */
interface ProtoType {
  fields?: Record<string, { type: string; rule?: string; keyType?: string }>;
  values?: Record<string, number>;
  nested?: Record<string, ProtoType>;
}

/** All types of one version of a service, by name. */
export type Schema = Record<string, ProtoType>;

/** @param way from the root: `["google", "cloud", "compute", "v1"]` */
export async function readSchema(file: string, way: readonly string[]): Promise<Schema> {
  let found = (await Bun.file(file).json()) as ProtoType;
  for (const name of way) found = found.nested?.[name] ?? {};
  return found.nested ?? {};
}

/**
 * Refuses what Google refuses of a body: fields that don't exist, values of another type, words that an enum doesn't have. The clients
 * drop misnamed fields silently, so that only this shows them.
 * @param type `Instance`
 * @param root how messages call the body: `resource`
 */
export function checkBody(schema: Schema, type: string, body: unknown, root = "resource"): void {
  const found = schema[type];
  if (!found) throw new Error(`the schema has no type "${type}"`);
  checkMessage({ schema, root }, [found], body, "");
}

interface Place {
  schema: Schema;
  root: string;
}

/** @param chain the message's type, and before it those in which it lies */
function checkMessage(place: Place, chain: readonly ProtoType[], value: unknown, path: string): void {
  if (!isObject(value)) throw badBody(`Invalid value at '${path || place.root}', expected an object.`, path);
  for (const [name, each] of Object.entries(value)) {
    const field = chain.at(-1)?.fields?.[name];
    const at = path ? ` at '${path}'` : "";
    if (!field) throw badBody(`Invalid JSON payload received. Unknown name "${name}"${at}: Cannot find field.`, path);
    if (each !== null) checkField(place, chain, name, field, each, path ? `${path}.${name}` : name);
  }
}

type Field = NonNullable<ProtoType["fields"]>[string];

function checkField(place: Place, chain: readonly ProtoType[], name: string, field: Field, value: unknown, path: string): void {
  if (field.keyType) {
    if (!isObject(value)) throw wrong(path, "a map", value);
    for (const [key, each] of Object.entries(value)) checkOne(place, chain, name, field, each, `${path}.${key}`);
  } else if (field.rule === "repeated") {
    if (!Array.isArray(value)) throw wrong(path, "a list", value);
    for (const [i, each] of value.entries()) checkOne(place, chain, name, field, each, `${path}[${i}]`);
  } else checkOne(place, chain, name, field, value, path);
}

function checkOne(place: Place, chain: readonly ProtoType[], name: string, { type }: Field, value: unknown, path: string): void {
  const scalar = SCALARS[type];
  if (!scalar) {
    const inner = typeOf(place.schema, chain, type);
    if (inner?.values) checkWord(inner.values, value, `${place.root}.${path}`);
    else checkMessage(place, inner ? [...chain, inner] : chain, value, path);
    return;
  }
  if (!scalar(value)) throw wrong(path, type, value);
  // Enums of compute are strings whose words stand in a type of the field's name.
  const words = type === "string" && chain.at(-1)?.nested?.[`${name[0]?.toUpperCase()}${name.slice(1)}`]?.values;
  if (words) checkWord(words, value, `${place.root}.${path}`);
}

function checkWord(words: Record<string, number>, value: unknown, path: string): void {
  if (typeof value === "string" ? value in words : Object.values(words).includes(value as number)) return;
  const known = Object.keys(words).filter((word) => !word.startsWith("UNDEFINED_"));
  throw invalid(`Invalid value for field '${path}': '${value}'. Must be one of [${known.join(", ")}]`);
}

/** `Automatic` is looked for in the messages around it first. */
function typeOf(schema: Schema, chain: readonly ProtoType[], type: string): ProtoType | undefined {
  const name = type.split(".").at(-1) ?? "";
  return chain.findLast(({ nested }) => nested?.[name])?.nested?.[name] ?? schema[name];
}

const isInt = (value: unknown) =>
  (typeof value === "number" && Number.isInteger(value)) || (typeof value === "string" && /^-?\d+$/.test(value));
const isText = (value: unknown) => typeof value === "string";

const SCALARS: Record<string, (value: unknown) => boolean> = {
  string: isText,
  bytes: (value) => isText(value) && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value as string),
  bool: (value) => typeof value === "boolean",
  int32: isInt,
  uint32: isInt,
  int64: isInt,
  uint64: isInt,
  float: (value) => typeof value === "number",
  double: (value) => typeof value === "number",
  "google.protobuf.Timestamp": (value) => isText(value) && !Number.isNaN(Date.parse(value as string)),
  "google.protobuf.Duration": (value) => isText(value) && /^-?\d+(\.\d{1,9})?s$/.test(value as string),
};

const wrong = (path: string, kind: string, value: unknown) =>
  badBody(`Invalid value at '${path}' (${kind}), ${JSON.stringify(value)}`, path);
