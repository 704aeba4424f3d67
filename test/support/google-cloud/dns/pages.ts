import type { Call } from "../call.ts";
import { Refusal } from "../refusal.ts";

const PAGE_MOST = 100;

/** @returns one page of a list, in its order, and where the next begins */
export function pageOf<T>({ query }: Call, all: readonly T[]): { page: T[]; nextPageToken?: string } {
  const from = numberIn(query, "pageToken", 0);
  const next = from + Math.min(PAGE_MOST, numberIn(query, "maxResults", PAGE_MOST));
  return { page: all.slice(from, next), ...(next < all.length && { nextPageToken: String(next) }) };
}

function numberIn(query: URLSearchParams, name: "pageToken" | "maxResults", usual: number): number {
  const text = query.get(name);
  if (text === null || text === "") return usual;
  if (/^\d+$/.test(text)) return Number(text);
  throw new Refusal(400, "invalidParameter", `Invalid value for 'parameters.${name}': '${text}'`);
}
