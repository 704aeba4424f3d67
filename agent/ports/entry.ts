import { Problem } from "../contract/errors.ts";
import { portLabel, type SeatPort } from "../contract/ports.ts";
import { originAt, type Place } from "./place.ts";
import type { PortCookies } from "./sessions.ts";
import { type Holder, isSecret, newSecret, type Tickets, wayOf } from "./tickets.ts";

/** What a port's host answers by itself; all else there is the learner's server's. */
export const OWN_PATHS = "/.clarateach/";

/** Where a learner opens one of her ports, below the machine's own origin. */
export const openPath = ({ seat, port }: SeatPort): string => `/vm/${portLabel({ seat, port }).replace("-", "/ports/")}`;

/**
 * How a browser gets a cookie for one port. It goes from the workspace to the port's host, which gives it a secret; back to the workspace,
 * which knows the learner and issues a ticket for who has that secret; and with the ticket to the port again. So a link with
 * somebody else's ticket leads nobody to her pages: that browser hasn't the secret.
 */
export interface Entry {
  /** `GET /vm/NN/ports/PORT`, of a learner who may. @param machine the origin that was called */
  open(holder: Holder, url: URL, machine: string): Response;
  /** `GET /.clarateach/begin` */
  begin(request: Request, place: Place): Response;
  /** `GET /.clarateach/enter?ticket=…` @throws Problem FORBIDDEN */
  enter(request: Request, place: Place): Response;
}

export function openEntry(tickets: Tickets, cookies: PortCookies, mayStay: (holder: Holder) => void): Entry {
  function enter(request: Request, place: Place): Response {
    const ticket = new URL(request.url).searchParams.get("ticket") ?? "";
    const secret = cookies.way(request.headers, place) ?? "";
    const holder = tickets.take(ticket, place, secret);
    if (!holder) throw stale(place);
    mayStay(holder);
    const answer = moved(pathIn(request), cookies.session(holder, place));
    // What an earlier learner's pages of this seat and port kept in this browser isn't the next one's.
    if (cookies.holder(request.headers, place)?.generation !== holder.generation)
      answer.headers.set("clear-site-data", '"cache", "storage"');
    return answer;
  }

  return {
    open: (holder, url, machine) => {
      const there = originAt(machine, holder);
      const way = url.searchParams.get("way");
      if (!isSecret(way)) return moved(`${there}${OWN_PATHS}begin${toOf(url, "?")}`);
      return moved(`${there}${OWN_PATHS}enter?ticket=${tickets.issue(holder, way)}${toOf(url, "&")}`);
    },
    begin: ({ headers, url }, place) => {
      // Of two tabs that are opened at once, neither takes the other's way from it.
      const before = cookies.way(headers, place);
      const secret = isSecret(before) ? before : newSecret();
      return moved(
        `${place.machine}${openPath(place)}?way=${wayOf(secret)}${toOf(new URL(url), "&")}`,
        cookies.setWay(secret, place),
      );
    },
    enter,
  };
}

/** A path and query of her own server's, where she wants to begin; it is carried along to the end. */
function toOf({ searchParams }: URL, before: "&" | "?"): string {
  const to = searchParams.get("to");
  return to === null || to.length > PATH_LIMIT ? "" : `${before}to=${encodeURIComponent(to)}`;
}
const PATH_LIMIT = 2000;

/** Where it is one of this host's. */
function pathIn({ url }: Request): string {
  const { origin, searchParams } = new URL(url);
  const to = URL.parse(searchParams.get("to") ?? "/", origin);
  return to?.origin === origin && !to.pathname.startsWith("//") ? `${to.pathname}${to.search}${to.hash}` : "/";
}

const stale = ({ port }: Place): Problem =>
  new Problem(
    "FORBIDDEN",
    `This way to port ${port} was gone before, or took too long. Open the port from the Preview pane of your workspace again.`,
  );

function moved(location: string, ...setCookies: string[]): Response {
  const headers = new Headers({ location, "cache-control": "no-store", "referrer-policy": "no-referrer" });
  for (const one of setCookies) headers.append("set-cookie", one);
  return new Response(null, { status: 303, headers });
}
