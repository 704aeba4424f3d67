/**
 * The cookies that came with a call; of two with one name the first counts. Values are taken as they were sent: ours never have a `%`, so
 * none is decoded, and one secret has one spelling.
 */
export const cookiesOf = (headers: Headers): Bun.CookieMap =>
  new Bun.CookieMap((headers.get("cookie") ?? "").replaceAll("%", "%25"));
