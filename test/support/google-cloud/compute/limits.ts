import { invalid, Refusal } from "../refusal.ts";
import type { MetadataItem } from "./state.ts";

const NAME = "[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?";
const LABEL_KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;
const LABELS_MOST = 64;
const METADATA_KEY = /^[a-zA-Z0-9_-]{1,127}$/;
const VALUE_MOST = 262_144;
const METADATA_MOST = 512 * 1024;

export function checkName(name: unknown, field = "resource.name"): asserts name is string {
  if (typeof name === "string" && new RegExp(`^(?:${NAME})$`).test(name)) return;
  throw invalid(`Invalid value for field '${field}': '${name ?? ""}'. Must be a match of regex '(?:${NAME})'`);
}

/** Of what is there: a name, or the number that Google gave it. */
export function checkNameOrId(text: string, field: string): void {
  const either = `${NAME}|[1-9][0-9]{0,19}`;
  if (new RegExp(`^(?:${either})$`).test(text)) return;
  throw invalid(`Invalid value for field '${field}': '${text}'. Must be a match of regex '${either}'`);
}

export function checkLabels(labels: Record<string, string> = {}, field = "resource.labels"): void {
  const told = "The value can only contain lowercase letters, numeric characters, underscores and dashes.";
  const international = "International characters are allowed.";
  if (Object.keys(labels).length > LABELS_MOST)
    throw invalid(`Invalid value for field '${field}': ''. The number of labels exceeds the maximum of ${LABELS_MOST}.`);
  for (const [key, value] of Object.entries(labels)) {
    if (!LABEL_KEY.test(key))
      throw invalid(
        `Invalid value for field '${field}': ''. Label key '${key}' violates format constraints. ${told.replace("value", "key")} The key must start with a lowercase character. The key can be at most 63 characters long. ${international}`,
      );
    if (!LABEL_VALUE.test(value))
      throw invalid(
        `Invalid value for field '${field}': ''. Label value '${value}' violates format constraints. ${told} The value can be at most 63 characters long. ${international}`,
      );
  }
}

export function checkTags(items: readonly string[] = []): void {
  for (const [i, item] of items.entries()) checkName(item, `resource.tags.items[${i}]`);
}

export function checkMetadata(items: readonly MetadataItem[] = [], field = "metadata.items"): void {
  const met = new Set<string>();
  let total = 0;
  for (const [i, { key, value = "" }] of items.entries()) {
    if (!METADATA_KEY.test(key ?? ""))
      throw invalid(
        `Invalid value for field '${field}[${i}].key': '${key ?? ""}'. Must be a match of regex '[a-zA-Z0-9-_]{1,128}'`,
      );
    if (met.has(key)) throw invalid(`Invalid value for field '${field}': ''. Metadata has duplicate key: ${key}`);
    met.add(key);
    if (value.length > VALUE_MOST) throw tooLarge(`${field}[${i}].value`, VALUE_MOST, value.length);
    total += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (total >= METADATA_MOST) throw tooLarge("metadata", METADATA_MOST, total);
}

const tooLarge = (field: string, most: number, actual: number) =>
  new Refusal(
    413,
    "uploadTooLarge",
    `Value for field '${field}' is too large: maximum size ${most} character(s); actual size ${actual}.`,
  );

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** @returns undefined without one */
export function checkedRequestId(query: URLSearchParams): string | undefined {
  const id = query.get("requestId");
  if (id === null || id === "") return undefined;
  if (UUID.test(id) && !/^[0-]+$/.test(id)) return id.toLowerCase();
  throw invalid(`Invalid value for field 'requestId': '${id}'. Must be a valid UUID that is not the zero UUID.`);
}
