import { Elysia } from "elysia";
import type { Metrics } from "../metrics.ts";
import type { Services } from "../services.ts";
import type { Keys } from "../tokens/keys.ts";
import { json } from "./answers.ts";
import { OPENAPI } from "./openapi.ts";

/** Public keys change with a new key only; agents get them by document anyway. */
const JWKS_CACHE = "public, max-age=300";

/** What programs ask: is it up, which keys, how is it. */
export function healthRoutes({ people }: Services, keys: Keys, metrics: Metrics, url: string) {
  return new Elysia({ name: "health" })
    .get("/healthz", () => json({ status: "ok" }))
    .get("/.well-known/jwks.json", () => json({ keys: keys.public }, 200, { "cache-control": JWKS_CACHE }))
    .get("/api/openapi", () => json({ ...OPENAPI, servers: [{ url }] }))
    .get("/metrics", async ({ request }) => {
      await people.instructor(request);
      return new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } });
    });
}
