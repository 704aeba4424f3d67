/** Names of workshops, plugs, slots and actions. */
export const isName = (text: string): boolean => text.length <= NAME_LIMIT && /^[a-z](?:-?[a-z0-9])*$/.test(text);
export const NAME_SHAPE = "lower-case letters, digits and single hyphens, a letter first, 40 at most";

const NAME_LIMIT = 40;

/** Where an SDK comes from. */
export const SOURCES = ["system", "catalogue", "project", "try", "sketch"] as const;
export type Source = (typeof SOURCES)[number];

/** `project-notes` → notes of the project; without a prefix it is the catalogue's. */
export function splitSdkName(written: string): { name: string; source: Source } {
  if (written === "system" || written === "sketch") return { name: written, source: written };
  const [, prefix, name] = /^(project|try)-(.*)$/s.exec(written) ?? [];
  return name === undefined ? { name: written, source: "catalogue" } : { name, source: prefix as Source };
}

/** Without its prefix. */
export const isSdkName = (text: string): boolean =>
  text.length <= NAME_LIMIT && /^[a-z0-9](?:-?[a-z0-9])*$/.test(text) && /[a-z]/.test(text) && !isReserved(text);
export const SDK_NAME_SHAPE = "lower-case letters, digits and single hyphens, 40 at most and one of them a letter";

/** They mean something else, or would after a prefix. */
export const isReserved = (text: string): boolean => /^(?:agent|system|sketch|try-.*|project-.*)$/s.test(text);

/** A plug or slot of an SDK. */
export interface Reference {
  sdk: string;
  name: string;
}

/** `node:cache`; nothing before the colon is the system. */
export function parseReference(text: string): Reference | undefined {
  const [, before = "", name = ""] = /^([^:]*):([^:]*)$/s.exec(text) ?? [];
  const { name: sdk, source } = splitSdkName(before || "system");
  const known = source === "system" || source === "sketch" || isSdkName(sdk);
  return known && isName(name) ? { sdk, name } : undefined;
}
export const REFERENCE_SHAPE =
  "like node:cache (the SDK's name, a colon, the name of its plug or slot; nothing before the colon is the system)";

export const nameOf = ({ sdk, name }: Reference): string => `${sdk}:${name}`;
