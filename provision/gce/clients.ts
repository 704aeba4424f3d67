import type { InstancesClient } from "@google-cloud/compute/build/src/v1/instances_client.js";
import type { ZoneOperationsClient } from "@google-cloud/compute/build/src/v1/zone_operations_client.js";
import type { DNS, Zone } from "@google-cloud/dns";
import type { SecretManagerServiceClient } from "@google-cloud/secret-manager/build/src/v1/secret_manager_service_client.js";
import type { GoogleAuth } from "google-gax";
import { ATTEMPT_MS, ask } from "./calls.ts";
import { useLessTypes } from "./protos.ts";

/** Google's clients, each made once. */
export interface Clients {
  instances: InstancesClient;
  operations: ZoneOperationsClient;
  secrets: SecretManagerServiceClient;
  zone: Zone;
}

/** How Google is reached; left out, by its public addresses with Application Default Credentials. */
export interface Access {
  host: string;
  port: number;
  /** Gives the credentials, from the copy of the library that `google-gax` has. */
  authClient: NonNullable<NonNullable<ConstructorParameters<typeof GoogleAuth>[0]>["authClient"]>;
}

/** Of every compute and Secret Manager call: one attempt with a deadline; `ask` tries again. The clients write into it. */
export const oneAttempt = () => ({ timeout: ATTEMPT_MS, retry: null }) as const;

const SCOPES = ["https://www.googleapis.com/auth/cloud-platform"];

/** @throws GoogleProblem without credentials: the clients' own calls would wait for them for ever */
export async function openClients(project: string, dnsZone: string, access?: Access): Promise<Clients> {
  await useLessTypes();
  const [gax, compute, operations, secrets, dns] = await Promise.all([
    import("google-gax"),
    import("@google-cloud/compute/build/src/v1/instances_client.js"),
    import("@google-cloud/compute/build/src/v1/zone_operations_client.js"),
    import("@google-cloud/secret-manager/build/src/v1/secret_manager_service_client.js"),
    import("@google-cloud/dns"),
  ]);
  const auth = new gax.GoogleAuth({ projectId: project, scopes: SCOPES, ...(access && { authClient: access.authClient }) });
  // `port` beside the address: else theirs, 443, stays.
  const where = access ? { apiEndpoint: access.host, port: access.port, protocol: "http" } : {};
  const options = { ...where, auth, fallback: true as const };
  const clients = {
    instances: new compute.InstancesClient(options),
    operations: new operations.ZoneOperationsClient(options),
    secrets: new secrets.SecretManagerServiceClient(options),
    zone: zoneOf(new dns.DNS(dnsOptions(project, access)), dnsZone, access),
  };
  await ask("find credentials", () => auth.getRequestHeaders());
  await Promise.all([clients.instances.initialize(), clients.operations.initialize(), clients.secrets.initialize()]);
  return clients;
}

/** It has a copy of the credentials' library of its own, whose types differ in name only. */
const dnsOptions = (projectId: string, access: Access | undefined) =>
  ({ projectId, ...(access && { authClient: access.authClient }) }) as unknown as ConstructorParameters<typeof DNS>[0];

function zoneOf(dns: DNS, name: string, access: Access | undefined): Zone {
  if (access) dns.baseUrl = `http://${access.host}:${access.port}/dns/v1`;
  // Bun takes its word for “packed answers, please” as “pack the question”; its retries can't be turned off otherwise.
  const request = (wish: object) => ({ ...wish, gzip: false, maxRetries: 0 });
  dns.interceptors.push({ request } as unknown as (typeof dns.interceptors)[number]);
  return dns.zone(name);
}
