import { isObject } from "../call.ts";
import { fieldOf, type Schema, typeNamed, typeOf } from "../schema.ts";

const above = (a: string, b: string): boolean => (Number.isNaN(Number(a) - Number(b)) ? a > b : Number(a) > Number(b));

/** Of a list, one of its values has to fit. */
export const COMPARISONS: Record<string, (fields: readonly string[], value: string) => boolean> = {
  ":": (fields, value) => fields.some((field) => value === "*" || field.includes(value)),
  "=": (fields, value) => fields.some((field) => matches(field, value)),
  "!=": (fields, value) => !fields.some((field) => matches(field, value)),
  "<": (fields, value) => fields.some((field) => above(value, field)),
  ">": (fields, value) => fields.some((field) => above(field, value)),
  "<=": (fields, value) => fields.some((field) => !above(field, value)),
  ">=": (fields, value) => fields.some((field) => !above(value, field)),
};

/** A star at the end stands for anything. */
const matches = (field: string, value: string): boolean =>
  value.endsWith("*") ? field.startsWith(value.slice(0, -1)) : field === value;

/** All that stand at a path, also in lists on the way: `networkInterfaces.networkIP`. */
export function valuesOf(value: unknown, path: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => valuesOf(each, path));
  const [first, ...others] = path;
  if (first === undefined) return value === undefined || isObject(value) ? [] : [String(value)];
  return isObject(value) && Object.hasOwn(value, first) ? valuesOf(value[first], others) : [];
}

/** Whether messages of that type have it; keys of maps are free. */
export function isField(schema: Schema, type: string, path: string): boolean {
  let chain = [typeNamed(schema, type)];
  for (const [i, name] of path.split(".").entries()) {
    const field = fieldOf(chain, name);
    if (!field) return false;
    if (field.keyType) return path.split(".").length === i + 2;
    const inner = typeOf(schema, chain, field.type);
    chain = inner ? [...chain, inner] : [...chain, {}];
  }
  return true;
}
