/**
 * The cookies that came with a call; of two with one name the first counts. Values are taken as they were sent: ours never have a `%`, so
 * none is decoded, and one secret has one spelling.
 */
export const cookiesOf = (headers: Headers): Bun.CookieMap =>
  new Bun.CookieMap((headers.get("cookie") ?? "").replaceAll("%", "%25"));

/**
 * All that came by one name, in the browser's order: a page of a host below can set another of the same name for all hosts of the domain, and
 * who believed the first alone would keep its learner out.
 */
export const cookiesNamed = (headers: Headers, name: string): string[] =>
  (headers.get("cookie") ?? "").split(";").flatMap((pair) => {
    const [own = "", ...value] = pair.split("=");
    return own.trim() === name ? [value.join("=").trim()] : [];
  });
