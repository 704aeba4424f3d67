import { isObject } from "./call.ts";
import { isLong } from "./scalars.ts";
import { checkBody, fieldOf, type ProtoField, type ProtoType, type Schema, typeNamed, typeOf } from "./schema.ts";

/**
 * What was sent, as an answer has it: 64 bit numbers are texts, and what is null or an empty list or map isn't there.
 * @param root how messages call the body: `resource`
 * @throws Refusal unless it is of that type
 */
export function checked<T>(schema: Schema, type: string, body: unknown, root: string): T {
  checkBody(schema, type, body, root);
  return message(schema, [typeNamed(schema, type)], body as Record<string, unknown>) as T;
}

function message(schema: Schema, chain: readonly ProtoType[], value: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(value).flatMap(([name, each]) => {
    const field = fieldOf(chain, name);
    if (!field || each === null || isEmpty(field, each)) return [];
    return [[name, whole(schema, chain, field, each)] as const];
  });
  return Object.fromEntries(entries);
}

const isEmpty = ({ rule, keyType }: ProtoField, value: unknown): boolean =>
  (rule === "repeated" || keyType !== undefined) && Object.keys(value as object).length === 0;

function whole(schema: Schema, chain: readonly ProtoType[], field: ProtoField, value: unknown): unknown {
  const one = (each: unknown) => single(schema, chain, field, each);
  if (Array.isArray(value)) return value.map(one);
  if (!field.keyType) return one(value);
  return Object.fromEntries(Object.entries(value as object).map(([key, each]) => [key, one(each)]));
}

function single(schema: Schema, chain: readonly ProtoType[], { type }: ProtoField, value: unknown): unknown {
  if (isLong(type)) return String(value);
  if (!isObject(value)) return value;
  const inner = typeOf(schema, chain, type);
  return message(schema, inner ? [...chain, inner] : chain, value);
}
