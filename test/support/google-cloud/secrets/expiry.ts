import { invalid } from "../refusal.ts";
import type { World } from "../world.ts";
import type { Secret } from "./state.ts";

/** When a secret ends, as it is sent: `7776000s`, or a time of RFC 3339. */
export interface Expiry {
  ttl?: string;
  expireTime?: string;
}

/** @returns milliseconds since 1970 */
export function expiryOf(world: World, { ttl, expireTime }: Expiry): number | undefined {
  if (ttl !== undefined && expireTime !== undefined) throw invalid("Only one of 'ttl' and 'expireTime' may be given.");
  const at = ttl === undefined ? Date.parse(expireTime ?? "") : world.clock.now() + Number.parseFloat(ttl) * 1000;
  if (Number.isNaN(at)) return undefined;
  if (at > world.clock.now()) return at;
  throw invalid("The secret's expiration has to be in the future.");
}

/** The secret and all its versions vanish. A later expiry that was set meanwhile counts. */
export function watchExpiry(world: World, secret: Secret): void {
  const { expiresAt, id } = secret;
  if (expiresAt === undefined) return;
  world.clock.at(expiresAt, (time) => {
    if (world.secrets.secrets.get(id) === secret && secret.expiresAt === expiresAt) forget(world, secret, time, "expiry");
  });
}

export function forget(world: World, secret: Secret, time: number, why: string): void {
  world.secrets.secrets.delete(secret.id);
  world.history.gone("secret", secret.id, time, why);
  for (const { number } of secret.versions) world.history.gone("secretVersion", `${secret.id}/versions/${number}`, time, why);
}
