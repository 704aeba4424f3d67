import type { World } from "../world.ts";
import { lastOf, regionOf } from "./addresses.ts";
import type { Machine, OperationError } from "./state.ts";

/** Why there is no room for one more machine: a zone that is full, or the project's quota of the region. */
export function whyNoRoom(world: World, machine: Machine): OperationError | undefined {
  return exhausted(world, machine) ?? overQuota(world, machine);
}

function exhausted({ compute, project }: World, { zone, instance }: Machine): OperationError | undefined {
  const found = compute.exhausted.get(zone);
  if (!found) return undefined;
  const code = `ZONE_RESOURCE_POOL_EXHAUSTED${found.details ? "_WITH_DETAILS" : ""}`;
  const message = `The zone 'projects/${project}/zones/${zone}' does not have enough resources available to fulfill the request.  Try a different zone, or try again later.`;
  return { code, message, status: 503, errorDetails: unavailable(lastOf(String(instance.machineType)), zone) };
}

function unavailable(vmType: string, zone: string): unknown[] {
  const link = { description: "Troubleshooting documentation", url: "https://cloud.google.com/compute/docs/resource-error" };
  const message = `A ${vmType} VM instance is currently unavailable in the ${zone} zone. Alternatively, you can try your request again with a different VM hardware configuration or at a later time. For more information, see the troubleshooting documentation.`;
  const metadatas = { vmType, zone, zonesAvailable: "", attachment: "" };
  return [
    { help: { links: [link] } },
    { localizedMessage: { locale: "en-US", message } },
    { errorInfo: { domain: "compute.googleapis.com", reason: "resource_availability", metadatas } },
  ];
}

function overQuota({ compute }: World, machine: Machine): OperationError | undefined {
  const region = regionOf(machine.zone);
  const own = [...compute.machines.values()].filter(({ zone }) => regionOf(zone) === region);
  const wanted = [...own, machine];
  const usage: Record<string, number> = {
    CPUS: wanted.reduce((sum, { vcpus }) => sum + vcpus, 0),
    INSTANCES: wanted.length,
    IN_USE_ADDRESSES: wanted.filter(({ instance }) => instance.networkInterfaces[0]?.accessConfigs).length,
  };
  for (const [metric, limit] of compute.quotas) if ((usage[metric] ?? 0) > limit) return quotaError(metric, limit, region);
  return undefined;
}

function quotaError(metric: string, limit: number, region: string): OperationError {
  const quotaInfo = {
    metricName: `compute.googleapis.com/${metric.toLowerCase()}`,
    limitName: `${metric.replaceAll("_", "-")}-per-project-region`,
    limit,
    dimensions: { region },
  };
  const message = `Quota '${metric}' exceeded.  Limit: ${limit.toFixed(1)} in region ${region}.`;
  return { code: "QUOTA_EXCEEDED", message, status: 403, errorDetails: [{ quotaInfo }] };
}

/** As a region tells them. */
export function quotasOf({ compute }: World, region: string): unknown[] {
  const own = [...compute.machines.values()].filter(({ zone }) => regionOf(zone) === region);
  const usage: Record<string, number> = {
    CPUS: own.reduce((sum, { vcpus }) => sum + vcpus, 0),
    INSTANCES: own.length,
    IN_USE_ADDRESSES: own.filter(({ instance }) => instance.networkInterfaces[0]?.accessConfigs).length,
  };
  const ofRegion = [...compute.quotas].filter(([metric]) => metric !== "CPUS_ALL_REGIONS");
  return ofRegion.map(([metric, limit]) => ({ metric, limit, usage: usage[metric] ?? 0 }));
}

/** As the project tells its own. */
export function projectQuotasOf({ compute }: World): unknown[] {
  const limit = compute.quotas.get("CPUS_ALL_REGIONS");
  const usage = [...compute.machines.values()].reduce((sum, { vcpus }) => sum + vcpus, 0);
  return limit === undefined ? [] : [{ metric: "CPUS_ALL_REGIONS", limit, usage }];
}
