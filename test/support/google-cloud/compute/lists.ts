import type { Call } from "../call.ts";
import { invalid } from "../refusal.ts";
import { linkTo } from "./addresses.ts";
import { readFilter } from "./filter.ts";
import { COMPUTE_SCHEMA } from "./schema.ts";

const PAGE_MOST = 500;

interface Named extends Record<string, unknown> {
  name: string;
}

/** One of a list over all places: `zones/europe-west4-a`. */
interface Scoped<T extends Named> {
  scope: string;
  resource: T;
}

/** @returns those that the filter lets through, in their order, and where the next page begins */
function paged<T extends Named>({ query }: Call, kind: string, all: readonly Scoped<T>[]) {
  const size = pageSize(query.get("maxResults"));
  const passes = readFilter(query.get("filter") ?? "", COMPUTE_SCHEMA, typeIn(kind));
  const from = fromToken(query.get("pageToken"));
  const sorted = all.filter(({ resource }) => passes(resource)).sort(orderOf(query.get("orderBy")));
  const next = from + size;
  const token = next < sorted.length && { nextPageToken: Buffer.from(`from ${next}`).toString("base64") };
  return { page: sorted.slice(from, next), ...token };
}

/** `compute#instanceAggregatedList` → `Instance` */
function typeIn(kind: string): string {
  const name = kind.slice("compute#".length).replace(/(Aggregated)?List$/, "");
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** `items` isn't there when nothing is. */
export function listed<T extends Named>(call: Call, kind: string, path: string, all: readonly T[]): unknown {
  const scoped = all.map((resource) => ({ scope: "", resource }));
  const { page, ...token } = paged(call, kind, scoped);
  const id = `projects/${call.world.project}/${path}`;
  const items = page.map(({ resource }) => resource);
  return { kind, id, ...(items.length > 0 && { items }), ...token, selfLink: linkTo(call.world, path) };
}

/** Every place is there; one without anything says so. @param room `instances` */
export function aggregated<T extends Named>(
  call: Call,
  kind: string,
  room: string,
  all: readonly Scoped<T>[],
  scopes: readonly string[] = call.world.zones.map((zone) => `zones/${zone}`),
): unknown {
  const { page, ...token } = paged(call, kind, all);
  const items = scopes.map((scope): [string, unknown] => {
    const own = page.filter((each) => each.scope === scope).map(({ resource }) => resource);
    return [scope, own.length > 0 ? { [room]: own } : nothingIn(scope)];
  });
  const path = `aggregated/${room}`;
  const id = `projects/${call.world.project}/${path}`;
  return { kind, id, items: Object.fromEntries(items), ...token, selfLink: linkTo(call.world, path) };
}

const nothingIn = (scope: string) => ({
  warning: {
    code: "NO_RESULTS_ON_PAGE",
    message: `There are no results for scope '${scope}' on this page.`,
    data: [{ key: "scope", value: scope }],
  },
});

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** By place and name unless asked otherwise; the newest first is all that can be asked for. */
function orderOf(orderBy: string | null): (a: Scoped<Named>, b: Scoped<Named>) => number {
  const byName = (a: Scoped<Named>, b: Scoped<Named>) => compare(a.scope, b.scope) || compare(a.resource.name, b.resource.name);
  if (orderBy === null || orderBy === "" || orderBy === "name") return byName;
  if (orderBy !== "creationTimestamp desc")
    throw invalid(`Invalid value for field 'orderBy': '${orderBy}'. Only 'name' and 'creationTimestamp desc' are supported.`);
  const made = ({ resource }: Scoped<Named>) => Date.parse(String(resource.creationTimestamp ?? resource.insertTime));
  return (a, b) => made(b) - made(a) || byName(a, b);
}

function pageSize(text: string | null): number {
  if (text === null || text === "") return PAGE_MOST;
  const size = Number(text);
  if (Number.isInteger(size) && size >= 0 && size <= PAGE_MOST) return size === 0 ? PAGE_MOST : size;
  throw invalid(`Invalid value for field 'maxResults': '${text}'. Values must be within the range: [0, ${PAGE_MOST}]`);
}

function fromToken(token: string | null): number {
  if (token === null || token === "") return 0;
  const from = /^from (\d+)$/.exec(Buffer.from(token, "base64").toString())?.[1];
  if (from) return Number(from);
  throw invalid(`Invalid value for field 'pageToken': '${token}'.`);
}
