import type { Call } from "../call.ts";
import { invalid } from "../refusal.ts";

const PAGE = { usual: 100, most: 25_000 };

/** `labels.k=v`, `name:part`, `state=ENABLED`, joined by AND. */
type Passes<T> = (one: T) => boolean;

/** @param field what stands at a path of the filter */
export function readFilter<T>(filter: string, field: (one: T, path: string) => string | undefined): Passes<T> {
  if (filter.trim() === "") return () => true;
  const terms = filter.split(/\s+AND\s+|\s+(?=[a-z.]+[=:])/).map((text) => {
    const [, path = "", operator = "", value = ""] = /^([\w.-]+)\s*([=:])\s*"?([^"]*)"?$/.exec(text.trim()) ?? [];
    if (!operator) throw invalid(`Invalid filter: '${filter}'`);
    return { path, operator, value };
  });
  return (one) =>
    terms.every(({ path, operator, value }) => {
      const found = field(one, path);
      if (value === "*") return found !== undefined;
      return operator === "=" ? found === value : (found ?? "").includes(value);
    });
}

/** One page; the total isn't told of what was filtered. */
export function paged({ query }: Call, name: string, all: readonly unknown[]): Record<string, unknown> {
  const from = whole(query, "pageToken", 0);
  const next = from + Math.min(PAGE.most, whole(query, "pageSize", 0) || PAGE.usual);
  const page = all.slice(from, next);
  const token = next < all.length && { nextPageToken: String(next) };
  return { ...(page.length > 0 && { [name]: page }), ...token, totalSize: query.get("filter") ? 0 : all.length };
}

function whole(query: URLSearchParams, name: "pageToken" | "pageSize", usual: number): number {
  const text = query.get(name);
  if (text === null || text === "") return usual;
  if (/^\d+$/.test(text)) return Number(text);
  throw invalid(name === "pageSize" ? "Page size must be non-negative." : "Invalid page token.");
}
