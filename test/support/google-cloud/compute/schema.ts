import { isObject } from "../call.ts";
import { checked } from "../normal.ts";
import { Refusal } from "../refusal.ts";
import { readSchema } from "../schema.ts";

const PROTOS = new URL("../../../../node_modules/@google-cloud/compute/build/protos/protos.json", import.meta.url).pathname;

/** Every message of compute's API, by name. */
export const COMPUTE_SCHEMA = await readSchema(PROTOS, ["google", "cloud", "compute", "v1"]);

/** The body, as an answer has it. @throws Refusal unless it is one of that type */
export function checkedResource<T>(type: string, body: unknown): T {
  if (!isObject(body) || Object.keys(body).length === 0)
    throw new Refusal(400, "required", "Required field 'resource' not specified");
  return checked<T>(COMPUTE_SCHEMA, type, body, "resource");
}
