import { BUILT_IN_DEFINITIONS, CATALOGUE } from "../../agent/definition/catalogue.ts";
import { type Normalized, readDefinition } from "../../agent/definition/definition.ts";

/** Of the one that machines take by themselves. */
export const DEFAULT_WRITTEN = BUILT_IN_DEFINITIONS[0]?.text ?? "";

/** The same, normalized. */
export const DEFAULT_TEXT = (readDefinition(DEFAULT_WRITTEN, CATALOGUE) as { value: Normalized }).value.text;
