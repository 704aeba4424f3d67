import { readSchema } from "../schema.ts";

const PROTOS = new URL("../../../../node_modules/@google-cloud/compute/build/protos/protos.json", import.meta.url).pathname;

/** Every message of compute's API, by name. */
export const COMPUTE_SCHEMA = await readSchema(PROTOS, ["google", "cloud", "compute", "v1"]);
