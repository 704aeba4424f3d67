import { parse } from "yaml";
import { BUILT_IN_DEFINITIONS } from "./catalogue.ts";
import { type Source, splitSdkName } from "./names.ts";

/** An SDK as a definition lists it. */
export interface SdkName {
  name: string;
  source: Source;
}

/** The SDKs of a definition that was read and normalized before (definition.ts), in their order. Without one: the first built-in's. */
export function listedSdks(normalized = BUILT_IN_DEFINITIONS[0]?.text ?? ""): SdkName[] {
  const { sdks } = parse(normalized, { schema: "failsafe" }) as { sdks: { name: string; source?: Source }[] };
  return sdks.map(({ name, source }) => ({ ...splitSdkName(name), ...(source && { source }) }));
}

/** As people write it: `project-notes`. */
export const writtenName = ({ name, source }: SdkName): string =>
  source === "project" || source === "try" ? `${source}-${name}` : name;
