import { Problem } from "./contract/errors.ts";

/**
 * Refuses names that aren't this machine's: a page of a stranger's domain whose name was made to point here (DNS rebinding) would
 * otherwise speak with the learner's browser as its own server.
 * @param served hosts with port, in lower case
 */
export function refuseForeignHost(headers: Headers, served: ReadonlySet<string>): void {
  const host = headers.get("host")?.toLowerCase() ?? "";
  if (served.has(host)) return;
  throw new Problem("FORBIDDEN", `This machine is not "${host.slice(0, 100)}": open the address that the join page gave you.`);
}

/**
 * Refuses what another site's page sends with the learner's cookie. Browsers always name the origin of such calls; programs needn't, and
 * show that they aren't a browser's by a token instead of the cookie. Who has neither is refused for that.
 */
export function refuseForeignOrigin(headers: Headers): void {
  const origin = headers.get("origin");
  if (origin === null) {
    if (!headers.has("cookie") || /^Bearer /i.test(headers.get("authorization") ?? "")) return;
    throw new Problem(
      "FORBIDDEN",
      "This call says neither where it comes from (Origin) nor who makes it (Authorization: Bearer).",
    );
  }
  if (hostOf(origin) === headers.get("host")?.toLowerCase()) return;
  throw new Problem("FORBIDDEN", `A page of "${origin.slice(0, 100)}" may not do this here: use the workspace's own page.`);
}

function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/.exec(origin)?.[1]?.toLowerCase();
}
