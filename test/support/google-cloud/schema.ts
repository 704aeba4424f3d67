import { isObject } from "./call.ts";
import { badBody, invalid } from "./refusal.ts";
import { isScalar } from "./scalars.ts";

/** A message or enum as `protos.json` of the official clients has it; its field names are those of the JSON. */
export interface ProtoType {
  fields?: Record<string, ProtoField>;
  values?: Record<string, number>;
  nested?: Record<string, ProtoType>;
}

export interface ProtoField {
  type: string;
  rule?: string;
  keyType?: string;
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
 * @param root how messages call the body: `resource`; empty where the body is the whole request
 */
export function checkBody(schema: Schema, type: string, body: unknown, root: string): void {
  checkMessage({ schema }, [typeNamed(schema, type)], body, root);
}

/**
 * Like `checkBody`, of an answer, where there is one way only to write a value: 64 bit numbers are texts, nothing is null.
 * @throws Refusal with what is wrong where
 */
export function checkAnswer(schema: Schema, type: string, answer: unknown): void {
  checkMessage({ schema, isAnswer: true }, [typeNamed(schema, type)], answer, "answer");
}

export function typeNamed(schema: Schema, name: string): ProtoType {
  const found = schema[name];
  if (found) return found;
  throw new Error(`the schema has no type "${name}"`);
}

/** Of the message itself, whatever JavaScript's objects have besides: `toString`. */
export function fieldOf(chain: readonly ProtoType[], name: string): ProtoField | undefined {
  const { fields = {} } = chain.at(-1) ?? {};
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

interface Reading {
  schema: Schema;
  isAnswer?: boolean;
}

/** @param chain the message's type, and before it those in which it lies */
function checkMessage(reading: Reading, chain: readonly ProtoType[], value: unknown, path: string): void {
  if (!isObject(value)) throw badBody(`Invalid value at '${path}', expected an object.`, path);
  for (const [name, each] of Object.entries(value)) {
    const field = fieldOf(chain, name);
    const at = path ? ` at '${path}'` : "";
    if (!field) throw badBody(`Invalid JSON payload received. Unknown name "${name}"${at}: Cannot find field.`, path);
    if (each !== null || reading.isAnswer) checkField(reading, chain, name, field, each, path ? `${path}.${name}` : name);
  }
}

function checkField(
  reading: Reading,
  chain: readonly ProtoType[],
  name: string,
  field: ProtoField,
  value: unknown,
  path: string,
): void {
  if (field.keyType) {
    if (!isObject(value)) throw wrong(path, "a map", value);
    for (const [key, each] of Object.entries(value)) checkOne(reading, chain, name, field, each, `${path}.${key}`);
  } else if (field.rule === "repeated") {
    if (!Array.isArray(value)) throw wrong(path, "a list", value);
    for (const [i, each] of value.entries()) checkOne(reading, chain, name, field, each, `${path}[${i}]`);
  } else checkOne(reading, chain, name, field, value, path);
}

function checkOne(
  reading: Reading,
  chain: readonly ProtoType[],
  name: string,
  { type }: ProtoField,
  value: unknown,
  path: string,
): void {
  const isRight = isScalar(type, value, reading.isAnswer);
  if (isRight === undefined) {
    const inner = typeOf(reading.schema, chain, type);
    if (inner?.values) checkWord(inner.values, value, path);
    else checkMessage(reading, inner ? [...chain, inner] : chain, value, path);
    return;
  }
  if (!isRight) throw wrong(path, type, value);
  // Enums of compute are strings whose words stand in a type of the field's name.
  const words = type === "string" && chain.at(-1)?.nested?.[`${name[0]?.toUpperCase()}${name.slice(1)}`]?.values;
  if (words) checkWord(words, value, path);
}

function checkWord(words: Record<string, number>, value: unknown, path: string): void {
  if (typeof value === "string" ? Object.hasOwn(words, value) : Object.values(words).includes(value as number)) return;
  const known = Object.keys(words).filter((word) => !word.startsWith("UNDEFINED_"));
  throw invalid(`Invalid value for field '${path}': '${value}'. Must be one of [${known.join(", ")}]`);
}

/** `Automatic` is looked for in the messages around it first. */
export function typeOf(schema: Schema, chain: readonly ProtoType[], type: string): ProtoType | undefined {
  const name = type.split(".").at(-1) ?? "";
  return chain.findLast(({ nested }) => nested?.[name])?.nested?.[name] ?? schema[name];
}

const wrong = (path: string, kind: string, value: unknown) =>
  badBody(`Invalid value at '${path}' (${kind}), ${JSON.stringify(value)}`, path);
