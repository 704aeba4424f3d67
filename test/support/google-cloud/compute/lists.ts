import type { Call } from "../call.ts";
import { invalid } from "../refusal.ts";
import { linkTo } from "./addresses.ts";
import { readFilter } from "./filter.ts";

const PAGE_MOST = 500;

/** @returns those that the filter lets through, by name, and where the next page begins */
export function paged<T extends Record<string, unknown>>(
  { query }: Call,
  all: readonly T[],
): { items: T[]; nextPageToken?: string } {
  const size = pageSize(query.get("maxResults"));
  const passes = readFilter(query.get("filter") ?? "");
  const from = fromToken(query.get("pageToken"));
  const sorted = all.filter(passes).sort((a, b) => compare(String(a.name), String(b.name)));
  const items = sorted.slice(from, from + size);
  const next = from + size;
  return { items, ...(next < sorted.length && { nextPageToken: Buffer.from(`from ${next}`).toString("base64") }) };
}

/** `items` isn't there when nothing is. */
export function listed<T extends Record<string, unknown>>(call: Call, kind: string, path: string, all: readonly T[]): unknown {
  const { items, nextPageToken } = paged(call, all);
  return {
    kind,
    id: `projects/${call.world.project}/${path}`,
    ...(items.length > 0 && { items }),
    ...(nextPageToken && { nextPageToken }),
    selfLink: linkTo(call.world, path),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Every zone is there; one without anything says so. @param room `instances` */
export function aggregated<T extends Record<string, unknown>>(
  call: Call,
  kind: string,
  room: string,
  all: readonly (T & { zone: string })[],
): unknown {
  const { world } = call;
  const { items, nextPageToken } = paged(call, all);
  const scope = (zone: string): [string, unknown] => {
    const own = items.filter((each) => each.zone.endsWith(`/zones/${zone}`));
    return [`zones/${zone}`, own.length > 0 ? { [room]: own } : nothingIn(`zones/${zone}`)];
  };
  return {
    kind,
    id: `projects/${world.project}/aggregated/${room}`,
    items: Object.fromEntries(world.zones.map(scope)),
    ...(nextPageToken && { nextPageToken }),
    selfLink: linkTo(world, `aggregated/${room}`),
  };
}

const nothingIn = (scope: string) => ({
  warning: {
    code: "NO_RESULTS_ON_PAGE",
    message: `There are no results for scope '${scope}' on this page.`,
    data: [{ key: "scope", value: scope }],
  },
});

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
