import { type Problems, quoted } from "./problems.ts";
import type { Field, Value } from "./tree.ts";

/** Everything read here says what is wrong by itself, and answers undefined then. */

/** @param what as it is called in a sentence: `an SDK` */
export function fieldsOf(
  value: Value,
  what: string,
  known: readonly string[],
  problems: Problems,
): Map<string, Field> | undefined {
  const fields = anyFields(value, what, `“${known[0]}: …”`, problems);
  if (!fields) return undefined;
  for (const [key, { at }] of fields)
    if (!known.includes(key))
      problems.add(at, `${quoted(key)} is not known here. ${capital(what)} may have ${known.join(", ")}.`);
  return fields;
}

/** A mapping whose keys are free. @param like an example of a line */
export function anyFields(value: Value, what: string, like: string, problems: Problems): Map<string, Field> | undefined {
  if (value.kind === "map") return value.fields;
  return problems.add(value.at, `${capital(what)} has to be lines like ${like}; ${written(value)} stands here.`);
}

/** @param like an example of the line that is missing */
export function required(
  fields: Map<string, Field>,
  key: string,
  at: number,
  like: string,
  problems: Problems,
): Field | undefined {
  return fields.get(key) ?? problems.add(at, `“${key}” is missing. Add a line like ${like}.`);
}

export function listOf({ value }: Field, what: string, problems: Problems): Value[] {
  if (value.kind === "list") return value.items;
  if (value.kind !== "nothing")
    problems.add(value.at, `${what} has to be a list, each entry after “- ”; ${written(value)} stands here.`);
  return [];
}

/** @param accepts what of it is fine; `shape` says so in words */
export function textOf(
  { value }: Field,
  what: string,
  problems: Problems,
  { accepts, shape }: { accepts?: (text: string) => boolean; shape: string },
): string | undefined {
  if (value.kind !== "text") return problems.add(value.at, `${what} has to be ${shape}; ${written(value)} stands here.`);
  if (accepts && !accepts(value.text)) return problems.add(value.at, `${what} is ${quoted(value.text)}. It has to be ${shape}.`);
  return value.text;
}

export function oneOf<T extends string>(field: Field, what: string, known: readonly T[], problems: Problems): T | undefined {
  const accepts = (text: string) => (known as readonly string[]).includes(text);
  return textOf(field, what, problems, { accepts, shape: known.length > 1 ? `one of ${known.join(", ")}` : String(known[0]) }) as
    | T
    | undefined;
}

function written(value: Value): string {
  switch (value.kind) {
    case "text":
      return quoted(value.text);
    case "nothing":
      return "nothing";
    case "list":
      return "a list";
    case "map":
      return "a mapping";
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
