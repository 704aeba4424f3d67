import { Problem } from "./contract/errors.ts";

/**
 * Refuses names that aren't this machine's: a page of a stranger's domain whose name was made to point here (DNS rebinding) would
 * otherwise speak with the learner's browser as its own server.
 * @param served origins of this machine, in lower case: `http://localhost:4101`, `https://ws-abc123.example.org`
 */
export function refuseForeignHost(headers: Headers, served: ReadonlySet<string>): void {
  if (ownOrigin(headers, served)) return;
  const host = headers.get("host") ?? "";
  const above = originOf(host.slice(host.indexOf(".") + 1), served);
  if (above !== undefined)
    throw new Problem("NOT_FOUND", `Nothing is served at “${host.slice(0, 100)}”. This machine's workspace is at ${above}.`);
  throw new Problem("FORBIDDEN", `This machine is not "${host.slice(0, 100)}": open the address that the join page gave you.`);
}

/**
 * Refuses what another site's page sends with the learner's cookie. Browsers always name the origin of such calls; programs needn't, and
 * show that they aren't a browser's by a token instead of the cookie. Who has neither is refused for that.
 * @param served as above: a page of the same name by another scheme is another site's
 */
export function refuseForeignOrigin(headers: Headers, served: ReadonlySet<string>): void {
  const origin = headers.get("origin");
  if (origin === null) {
    if (!headers.has("cookie") || /^Bearer /i.test(headers.get("authorization") ?? "")) return;
    throw new Problem(
      "FORBIDDEN",
      "This call says neither where it comes from (Origin) nor who makes it (Authorization: Bearer).",
    );
  }
  if (origin.toLowerCase() === ownOrigin(headers, served)) return;
  throw new Problem("FORBIDDEN", `A page of "${origin.slice(0, 100)}" may not do this here: use the workspace's own page.`);
}

/** Which of this machine's origins was called. */
const ownOrigin = (headers: Headers, served: ReadonlySet<string>): string | undefined =>
  originOf(headers.get("host") ?? "", served);

const originOf = (host: string, served: ReadonlySet<string>): string | undefined =>
  ["http", "https"].map((scheme) => `${scheme}://${host.toLowerCase()}`).find((origin) => served.has(origin));
