import { type Call, isObject, type Route } from "./call.ts";
import type { Fault } from "./faults.ts";

/**
 * What Google doesn't have, for tests in other processes: `/_record` every resource ever made and every call, `/_faults` what goes
 * wrong, `/_clock` a way into the future, `/_capacity` zones without room and quotas, `/_token` the exchange of a credentials file.
 */
export const controlRoutes: Route[] = [
  ["GET", "/_record", ({ world: { history } }) => ({ entries: history.entries, left: history.left(), calls: history.calls })],
  ["POST", "/_faults", addFaults],
  ["DELETE", "/_faults", ({ world }) => done(() => world.faults.clear())],
  [
    "POST",
    "/_clock",
    ({ world, body }) => done(() => world.clock.advance(Number((body as { advanceMs?: number }).advanceMs ?? 0))),
  ],
  ["POST", "/_capacity", setCapacity],
  ["POST", "/_token", token],
];

function addFaults({ world, body }: Call): unknown {
  for (const fault of (Array.isArray(body) ? body : [body]) as Fault[]) world.faults.add(fault);
  return {};
}

/** `{exhausted: {"europe-west4-a": {details: true}}, quotas: {CPUS: 8}}`, each replacing what was said before. */
function setCapacity({ world, body }: Call): unknown {
  const { exhausted, quotas } = body as { exhausted?: Record<string, { details?: boolean }>; quotas?: Record<string, number> };
  if (isObject(exhausted))
    world.compute.exhausted = new Map(Object.entries(exhausted).map(([zone, { details = false }]) => [zone, { details }]));
  if (isObject(quotas)) for (const [metric, limit] of Object.entries(quotas)) world.compute.quotas.set(metric, Number(limit));
  return {};
}

/** What `sts.googleapis.com` gives (RFC 8693 §2.2.1). */
function token({ world }: Call): unknown {
  const types = { issued_token_type: "urn:ietf:params:oauth:token-type:access_token", token_type: "Bearer" };
  return { access_token: world.token ?? "any", ...types, expires_in: 3600 };
}

function done(act: () => void): unknown {
  act();
  return {};
}
