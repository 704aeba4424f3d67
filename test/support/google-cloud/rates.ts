import { Refusal, type Service } from "./refusal.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;

const API: Record<Service, string> = {
  compute: "compute.googleapis.com",
  dns: "dns.googleapis.com",
  secrets: "secretmanager.googleapis.com",
};

/** Counts calls of each service by minute. @returns the refusal of one too many */
export function openRates(world: World): (service: Service) => Refusal | undefined {
  const counts: Record<Service, { minute: number; calls: number }> = {
    compute: { minute: 0, calls: 0 },
    dns: { minute: 0, calls: 0 },
    secrets: { minute: 0, calls: 0 },
  };
  return (service) => {
    const count = counts[service];
    const minute = Math.floor(world.clock.now() / MINUTE_MS);
    if (count.minute !== minute) Object.assign(count, { minute, calls: 0 });
    count.calls += 1;
    return count.calls > world.perMinute[service] ? tooMany(service, world.number) : undefined;
  };
}

/** Compute says 403, with a reason of its own; the others 429. */
function tooMany(service: Service, number: string): Refusal {
  const message = `Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service '${API[service]}' for consumer 'project_number:${number}'.`;
  return new Refusal(service === "compute" ? 403 : 429, "rateLimitExceeded", message, { domain: "usageLimits" });
}
