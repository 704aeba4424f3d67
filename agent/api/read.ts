import type { Static, TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { CHANGE_ID } from "../contract/changes.ts";
import { Problem } from "../contract/errors.ts";
import type { Call } from "../rows.ts";

/** The call's JSON body. @throws Problem INVALID_INPUT naming the first place where it isn't as the schema says */
export async function bodyOf<T extends TSchema>({ request }: Call, schema: T): Promise<Static<T>> {
  let body: unknown;
  try {
    body = await request.json();
  } catch (cause) {
    throw new Problem("INVALID_INPUT", "The body is not JSON: send an object as GET /v1/openapi.json describes it.", { cause });
  }
  if (Value.Check(schema, body)) return body;
  const first = Value.Errors(schema, body).First();
  const found = JSON.stringify(first?.value)?.slice(0, 100);
  throw new Problem(
    "INVALID_INPUT",
    `The body is wrong at "${first?.path || "/"}"${found === undefined ? "" : ` (${found})`}: ${first?.message ?? "it has another shape"}. GET /v1/openapi.json describes it.`,
  );
}

/** The number of a change in the path. @throws Problem NOT_FOUND for what can't be one */
export function changeIn({ params }: Call): number {
  const id = params.change ?? "";
  if (!CHANGE_ID.test(id))
    throw new Problem("NOT_FOUND", `There is no change "${id.slice(0, 50)}": changes are numbered from 1.`);
  return Number(id);
}

/** A parameter of the address that is one of a few words. @throws Problem INVALID_INPUT naming them */
export function wordIn<T extends string>({ url }: Call, name: string, words: readonly [T, ...T[]]): T {
  const given = url.searchParams.get(name) ?? words[0];
  const found = words.find((word) => word === given);
  if (found === undefined)
    throw new Problem("INVALID_INPUT", `${name} is "${given.slice(0, 50)}": it is one of ${words.join(", ")}.`);
  return found;
}
