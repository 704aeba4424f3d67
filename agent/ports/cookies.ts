/** What the product calls its cookies, here and at the workspace; browsers read the prefixes in any letters. */
const OURS = /^(?:__(?:host|secure)-)?ct_/i;

const nameOf = (pair: string): string => pair.slice(0, Math.max(0, pair.indexOf("="))).trim();

/** A `Cookie` header without those that are the product's; undefined when nothing is left. */
export function withoutOurs(header: string): string | undefined {
  const others = header.split(";").filter((pair) => pair.trim() !== "" && !isOurs(pair));
  return others.length === 0 ? undefined : others.map((pair) => pair.trim()).join("; ");
}

/** One without a name is sent as its bare value, which another program may read as name and value. */
const isOurs = (pair: string): boolean =>
  OURS.test(nameOf(pair)) || (nameOf(pair) === "" && OURS.test(pair.replace(/^[\s=]+/, "")));

/**
 * A `Set-Cookie` for this host alone: without `Domain`, by which the workspace and other seats would be sent it too. Undefined for one that
 * is called as the product's are.
 */
export function ownCookieOnly(header: string): string | undefined {
  const [pair = "", ...attributes] = header.split(";");
  if (isOurs(pair)) return undefined;
  return [pair, ...attributes.filter((one) => !/^\s*domain\s*(=|$)/i.test(one))].join(";");
}
