import type { DisksClient } from "@google-cloud/compute/build/src/v1/disks_client.js";
import type { InstancesClient } from "@google-cloud/compute/build/src/v1/instances_client.js";
import type { ZoneOperationsClient } from "@google-cloud/compute/build/src/v1/zone_operations_client.js";
import type { Zone } from "@google-cloud/dns";
import type { SecretManagerServiceClient } from "@google-cloud/secret-manager/build/src/v1/secret_manager_service_client.js";
import { ATTEMPT_MS } from "./calls.ts";
import { loadLess } from "./lighter.ts";
import { type Access, authOf, credentialsOf, dnsOptions, zoneOf } from "./zone.ts";

/** Google's clients, each made once. */
export interface Clients {
  instances: InstancesClient;
  disks: DisksClient;
  operations: ZoneOperationsClient;
  secrets: SecretManagerServiceClient;
  zone: Zone;
  /** What they were made with: for further ones. */
  options: ConstructorParameters<typeof InstancesClient>[0];
}

/** Of every compute and Secret Manager call: one attempt with a deadline; `ask` tries again. The clients write into it. */
export const oneAttempt = () => ({ timeout: ATTEMPT_MS, retry: null }) as const;

/** @throws Problem without credentials: the clients' own calls would wait for them for ever */
export async function openClients(project: string, dnsZone: string, access?: Access): Promise<Clients> {
  await loadLess();
  const [gax, compute, disks, operations, secrets, dns] = await Promise.all([
    import("google-gax"),
    import("@google-cloud/compute/build/src/v1/instances_client.js"),
    import("@google-cloud/compute/build/src/v1/disks_client.js"),
    import("@google-cloud/compute/build/src/v1/zone_operations_client.js"),
    import("@google-cloud/secret-manager/build/src/v1/secret_manager_service_client.js"),
    import("@google-cloud/dns"),
  ]);
  const auth = authOf(gax, project, access);
  // `port` beside the address: else theirs, 443, stays.
  const where = access ? { apiEndpoint: access.host, port: access.port, protocol: "http" } : {};
  const options = { ...where, auth, fallback: true as const };
  const authClient = await credentialsOf(auth);
  const clients = {
    instances: new compute.InstancesClient(options),
    disks: new disks.DisksClient(options),
    operations: new operations.ZoneOperationsClient(options),
    secrets: new secrets.SecretManagerServiceClient(options),
    options,
    zone: zoneOf(new dns.DNS(dnsOptions(project, authClient)), dnsZone, access),
  };
  const { instances, operations: ended, secrets: sealed } = clients;
  await Promise.all([instances, clients.disks, ended, sealed].map((client) => client.initialize()));
  return clients;
}
