import type { InstancesClient } from "@google-cloud/compute/build/src/v1/instances_client.js";
import type { ZoneOperationsClient } from "@google-cloud/compute/build/src/v1/zone_operations_client.js";
import type { DNS, Zone } from "@google-cloud/dns";
import type { SecretManagerServiceClient } from "@google-cloud/secret-manager/build/src/v1/secret_manager_service_client.js";
import type { GoogleAuth } from "google-gax";
import { Problem } from "../../agent/contract/errors.ts";
import { ATTEMPT_MS, ask } from "./calls.ts";
import { loadLess } from "./lighter.ts";

/** Google's clients, each made once. */
export interface Clients {
  instances: InstancesClient;
  operations: ZoneOperationsClient;
  secrets: SecretManagerServiceClient;
  zone: Zone;
}

type AuthClient = Awaited<ReturnType<GoogleAuth["getClient"]>>;

/** Another address than Google's own, by plain HTTP: on this computer. */
export interface Access {
  host: string;
  port: number;
  /** Instead of Application Default Credentials; from the copy of the library that `google-gax` has. */
  authClient?: AuthClient;
}

/** Of every compute and Secret Manager call: one attempt with a deadline; `ask` tries again. The clients write into it. */
export const oneAttempt = () => ({ timeout: ATTEMPT_MS, retry: null }) as const;

const SCOPES = ["https://www.googleapis.com/auth/cloud-platform"];

/** @throws Problem without credentials: the clients' own calls would wait for them for ever */
export async function openClients(project: string, dnsZone: string, access?: Access): Promise<Clients> {
  await loadLess();
  const [gax, compute, operations, secrets, dns] = await Promise.all([
    import("google-gax"),
    import("@google-cloud/compute/build/src/v1/instances_client.js"),
    import("@google-cloud/compute/build/src/v1/zone_operations_client.js"),
    import("@google-cloud/secret-manager/build/src/v1/secret_manager_service_client.js"),
    import("@google-cloud/dns"),
  ]);
  const auth = new gax.GoogleAuth({
    projectId: project,
    scopes: SCOPES,
    ...(access?.authClient && { authClient: access.authClient }),
  });
  // `port` beside the address: else theirs, 443, stays.
  const where = access ? { apiEndpoint: access.host, port: access.port, protocol: "http" } : {};
  const options = { ...where, auth, fallback: true as const };
  const authClient = await credentialsOf(auth);
  const clients = {
    instances: new compute.InstancesClient(options),
    operations: new operations.ZoneOperationsClient(options),
    secrets: new secrets.SecretManagerServiceClient(options),
    zone: zoneOf(new dns.DNS(dnsOptions(project, authClient)), dnsZone, access),
  };
  await Promise.all([clients.instances.initialize(), clients.operations.initialize(), clients.secrets.initialize()]);
  return clients;
}

/** Looked for once: what is missing doesn't come by waiting. */
async function credentialsOf(auth: GoogleAuth): Promise<AuthClient> {
  const look = async () => {
    const client = await auth.getClient();
    await client.getRequestHeaders();
    return client;
  };
  return ask("give a token", look, { attempts: 1 }).catch((cause: Error) => {
    const next = "Run “gcloud auth application-default login”, or give the machine this runs on a service account.";
    throw new Problem("FORBIDDEN", `There are no credentials for Google Cloud. ${next} ${cause.message}`, { cause });
  });
}

/** With the same credentials. It has a copy of their library of its own, whose types differ in name only. */
const dnsOptions = (projectId: string, authClient: AuthClient) =>
  ({ projectId, authClient }) as unknown as ConstructorParameters<typeof DNS>[0];

function zoneOf(dns: DNS, name: string, access: Access | undefined): Zone {
  if (access) dns.baseUrl = `http://${access.host}:${access.port}/dns/v1`;
  // Bun takes its word for “packed answers, please” as “pack the question”; its retries can't be turned off otherwise.
  const request = (wish: object) => ({ ...wish, gzip: false, maxRetries: 0 });
  dns.interceptors.push({ request } as unknown as (typeof dns.interceptors)[number]);
  return dns.zone(name);
}
